import Testing

@testable import Images

@Suite struct ReferenceTests {
    static let digest = "sha256:" + String(repeating: "0123456789abcdef", count: 4)

    @Test(
        "what a name leaves out is docker.io, library and latest",
        arguments: [
            ("busybox", "docker.io/library/busybox:latest"),
            ("docker.io/busybox:latest", "docker.io/library/busybox:latest"),
            ("docker.io/library/busybox", "docker.io/library/busybox:latest"),
            ("index.docker.io/library/busybox", "docker.io/library/busybox:latest"),
            ("busybox:1.36", "docker.io/library/busybox:1.36"),
            ("podlab/greedy", "docker.io/podlab/greedy:latest"),
            ("localhost/a", "localhost/a:latest"),
            ("localhost:5000/a:b", "localhost:5000/a:b"),
            ("registry.k8s.io/pause:3.9", "registry.k8s.io/pause:3.9"),
            ("host:5000/deep/er/name", "host:5000/deep/er/name:latest"),
            ("a/b", "docker.io/a/b:latest"),
            ("a__b/c-d.e_f---g", "docker.io/a__b/c-d.e_f---g:latest"),
            ("busybox@\(digest)", "docker.io/library/busybox@\(digest)"),
            ("busybox:1@\(digest)", "docker.io/library/busybox@\(digest)"),
        ])
    func normal(text: String, canonical: String) throws {
        let reference = try ImageReference(text)
        #expect(reference.description == canonical)
        // The canonical name is its own canonical name.
        #expect(try ImageReference(canonical) == reference)
    }

    @Test(
        "what is no name is refused with its reason",
        arguments: [
            ("", "empty"), ("Busybox", "lower case"), ("a b", "'a b' is no part"), ("busybox:", "'' is no tag"),
            ("busybox:-x", "is no tag"), ("a//b", "empty"), ("/a", "empty"), ("a/", "empty"),
            ("a/../b", "'..' is no part"),
            ("busybox@sha256:12", "no digest"), ("busybox@md5:\(String(repeating: "0", count: 64))", "no digest"),
            ("ho_st.x/a", "is no host"), ("host:port/a", "is no host"), ("a..b", "is no part"), ("a___b", "is no part"),
            ("\u{1B}[2j", "is no part"), (String(repeating: "a", count: 300), "255"),
            (String(repeating: "a/", count: 600) + "a", "1024"), ("registry.io/", "no repository"),
            ("busybox:" + String(repeating: "t", count: 129), "is no tag"),
        ])
    func refused(text: String, reason: String) {
        let error = imageError { _ = try ImageReference(text) }
        #expect(error?.kind == .invalidReference)
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "accepted")")
        #expect(error?.description.contains("\u{1B}") == false)
    }

    @Test("digests are those of the standard")
    func digests() {
        #expect(
            ImageDigest(of: []).description == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
        #expect(
            ImageDigest(of: Array("abc".utf8)).description
                == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(ImageDigest("sha256:" + String(repeating: "A", count: 64)) == nil)
        #expect(ImageDigest("sha256:../" + String(repeating: "a", count: 61)) == nil)
        #expect(ImageDigest("sha512:" + String(repeating: "a", count: 64)) == nil)
    }
}
