"""What is fetched from the network is taken only when it is what the lock file pins."""

import base64
import hashlib
import io
import pathlib
import tarfile
import tempfile
import unittest

import fetch


class Fetch(unittest.TestCase):
    def test_only_the_pinned_bytes(self):
        data = b"a package"
        pin = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
        self.assertEqual(fetch.checked(data, pin), data)
        with self.assertRaisesRegex(ValueError, "not the one of the lock file"):
            fetch.checked(data + b"!", pin)
        with self.assertRaisesRegex(ValueError, "only sha512"):
            fetch.checked(data, "sha1-x")

    def test_every_package_is_pinned(self):
        for name, entry in fetch.packages():
            self.assertTrue(entry["integrity"].startswith("sha512-"), name)
            self.assertNotIn("resolved", entry, "the registry is the user's own")

    def test_addresses(self):
        self.assertEqual(fetch.address("http://here/npm/", "a-b", "1.2.3"), "http://here/npm/a-b/-/a-b-1.2.3.tgz")
        self.assertEqual(fetch.address("http://here", "@c/a", "1.0.0"), "http://here/@c/a/-/a-1.0.0.tgz")

    def test_unpacked_whole(self):
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz") as tar:
            text = b'{"version": "1.0"}'
            member = tarfile.TarInfo("package/package.json")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
        with tempfile.TemporaryDirectory() as folder:
            place = pathlib.Path(folder) / "node_modules" / "a"
            fetch.unpack(content.getvalue(), place)
            self.assertTrue(fetch.is_there(place, {"version": "1.0"}))
            self.assertFalse(fetch.is_there(place, {"version": "2.0"}))
            self.assertEqual([path.name for path in place.parent.iterdir()], ["a"])


if __name__ == "__main__":
    unittest.main()
