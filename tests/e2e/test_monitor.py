"""The live page: who may see it, what it says, and that it never gets in the way."""

import hashlib
import http.client
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import time
import unittest
import urllib.parse

import h5py

from support import PROGRAM, TINY, folder, monitor, twinmill

MANY = 200  # Seconds at most until something small has been read; it takes one or two, and nobody waits that long.


def ask(url, path="", method="GET", headers=None, body=None):
    """Status, headers and body of one request below the monitor's address; nothing is followed or mended."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.putrequest(method, parts.path + path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": parts.netloc, **(headers or {})}.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def raw(url, data):
    """What the server sends back for these bytes."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It has hung up already.
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received


def state(url):
    status, _, body = ask(url, "state.json")
    assert status == 200, status
    return json.loads(body)


def state_when(url, condition):
    """The first state that fulfils the condition; fails with the last one seen."""
    seen = state(url)
    end = time.monotonic() + MANY
    while not condition(seen) and time.monotonic() < end:
        time.sleep(0.1)
        seen = state(url)
    assert condition(seen), seen
    return seen


def is_read(seen):
    return seen["ledger"] and seen["ledger"]["axes"]


def sizes_and_times(directory):
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(directory.rglob("*"))}


class FinishedRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = folder()
        cls.there = cls.enterClassContext(cls.scratch)
        cls.run_dir = cls.there / "run"
        twinmill("run", TINY, "--dir", cls.run_dir, "--until", "simulate", "--ranks", 2)
        cls.before = sizes_and_times(cls.run_dir)
        cls.process, cls.url = cls.enterClassContext(monitor(cls.run_dir))

    def test_address(self):
        self.assertRegex(self.url, r"^http://127\.0\.0\.1:\d+/[0-9a-f]{32}/$")
        with monitor(self.run_dir) as (_, other):
            self.assertNotEqual(other.split("/")[3], self.url.split("/")[3])

    def test_numbers_are_those_of_the_ledger(self):
        seen = state_when(self.url, is_read)
        with sqlite3.connect(f"file:{self.run_dir}/ledger-snapshot.sqlite?immutable=1", uri=True) as ledger:
            tasks = dict(ledger.execute("SELECT id, state FROM tasks WHERE kind = 'image'"))
        with h5py.File(self.run_dir / "store.h5") as store:
            table = store["samples/table"][:]
        done = sum(word == "done" for word in tasks.values())
        self.assertEqual(seen["ledger"]["images"], {"total": len(tasks), "done": done, "pending": len(tasks) - done, "quarantined": 0})
        self.assertEqual(seen["status"]["counts"]["done"], done)
        self.assertEqual(sum(bin["images"] for bin in seen["ledger"]["throughput"]), done)
        for axis, column in (("parent", "parent"), ("defect", "defect"), ("split", "split")):
            expected = {}
            for number, row in enumerate(table):
                value = row[column].decode()
                total, finished = expected.get(value, (0, 0))
                expected[value] = (total + 1, finished + (tasks[number] == "done"))
            self.assertEqual({v["value"]: (v["total"], v["done"]) for v in seen["ledger"]["axes"][axis]}, expected)
        for axis in ("rotation", "boundary", "damage", "defocus", "dose"):
            self.assertEqual(sum(v["total"] for v in seen["ledger"]["axes"][axis]), len(tasks))
        self.assertEqual(len(seen["ledger"]["axes"]["dose"]), len(set(table["dose_e_per_A2"])))
        self.assertEqual(seen["problems"], [])

    def test_page_and_pictures(self):
        seen = state_when(self.url, lambda s: is_read(s) and s["latest"])
        status, headers, body = ask(self.url)
        page = body.decode()
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/html"))
        self.assertIn(f"{seen['ledger']['images']['done']}</b> of", page)
        self.assertNotRegex(page, r"<script>|\son\w+=|style=")
        for link in set(re.findall(r'(?:href|src)="([^"#]+)"', page)):
            self.assertEqual(ask(self.url, link)[0], 200, link)
        sample = seen["latest"][0]["sample"]
        for name in ("image-0.png", "overlay-0.png"):
            status, headers, body = ask(self.url, f"sample/{sample}/{name}")
            self.assertEqual((status, headers["Content-Type"], body[:8]), (200, "image/png", b"\x89PNG\r\n\x1a\n"))
        self.assertIn(f"<h1>Sample {sample}</h1>", ask(self.url, f"sample/{sample}")[2].decode())
        for path in ("sample/99999", "sample/", "sample/-1", "sample/1x", f"sample/{sample}/image-9.png", f"sample/{sample}/image-0.png/",
                     f"sample/{sample}/image-99999999999.png", "sample/99999999999999999999", "nothing", "ledger.sqlite", "campaign.toml"):
            self.assertEqual(ask(self.url, path)[0], 404, path)

    def test_nobody_without_the_token(self):
        parts = urllib.parse.urlsplit(self.url)
        root = f"http://{parts.netloc}"
        wrong = "f" * 32 if "f" * 32 not in self.url else "e" * 32
        for path in ("/", "/state.json", "/monitor.js", f"/{wrong}/", f"/{wrong}/state.json", parts.path[:-2] + "/", parts.path[:-1] + "0/",
                     f"/?{parts.path[1:-1]}", "/favicon.ico"):
            status, headers, body = ask(root, path)
            self.assertEqual(status, 403, path)
            self.assertNotIn(parts.path[1:-1].encode(), body)
            self.assertNotIn("Set-Cookie", headers)
        status, headers, _ = ask(self.url[:-1])
        self.assertEqual((status, headers["Location"]), (308, parts.path))

    def test_other_hosts_are_refused(self):
        port = urllib.parse.urlsplit(self.url).port
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "10.0.0.1", socket.gethostname() + ".evil.example"):
            self.assertEqual(ask(self.url, headers={"Host": host})[0], 403, host)
        for host in (f"localhost:{port}", "localhost", "127.0.0.1:9", f"[::1]:{port}"):  # A tunnel has another port at its end.
            self.assertEqual(ask(self.url, headers={"Host": host})[0], 200, host)
        self.assertEqual(ask(self.url, headers={"Host": None})[0], 400)
        path = urllib.parse.urlsplit(self.url).path.encode()
        self.assertIn(b" 400 ", raw(self.url, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n").split(b"\r\n")[0])

    def test_only_reading(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            status, headers, _ = ask(self.url, method=method)
            self.assertEqual((status, headers.get("Allow")), (405, "GET, HEAD"), method)
        status, headers, body = ask(self.url, method="HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertGreater(int(headers["Content-Length"]), 1000)

    def test_paths_out_of_the_folder(self):
        path = urllib.parse.urlsplit(self.url).path
        secret = (self.run_dir / "campaign.toml").read_bytes()[:40]
        for out in ("../", "../../etc/passwd", "..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd", "sample/../../campaign.toml", "sample/..%5c..%5c",
                    "/etc/passwd", "./campaign.toml", "campaign.toml%00.png", "....//campaign.toml", "sample/0/..;/campaign.toml"):
            answer = raw(self.url, f"GET {path}{out} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            self.assertRegex(answer.split(b"\r\n")[0], rb" 40[034] ", out)
            self.assertNotIn(b"root:", answer)
            self.assertNotIn(secret, answer)
        for out in (b"GET http://127.0.0.1/ HTTP/1.1", b"GET * HTTP/1.1", b"GET /../../etc/passwd HTTP/1.1", b"GET \\etc\\passwd HTTP/1.1", b"CONNECT evil:1 HTTP/1.1",
                    b"GET", b"\x00\x01\x02", b"PRI * HTTP/2.0"):
            first = raw(self.url, out + b"\r\nHost: localhost\r\n\r\n").split(b"\r\n")[0]
            self.assertNotIn(b" 200 ", first, out)

    def test_oversized_requests(self):
        path = urllib.parse.urlsplit(self.url).path.encode()
        start = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n"
        for data, expected in (
            (b"GET " + path + b"a" * 300 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b" 414 "),
            (b"GET " + path + b"a" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b" 414 "),
            (start + b"X-Many: 1\r\n" * 20000 + b"\r\n", b" 4(00|31) "),
            (b"GET /" + b"a" * 200000, b" 431 "),
            (start + b"Content-Length: 99999999999\r\n\r\n" + b"a" * 100000, b" 413 "),
            (start + b"Transfer-Encoding: chunked\r\n\r\n5\r\naaaaa\r\n0\r\n\r\n", b" 413 "),
            (start + b"Range: bytes=" + b",".join(b"0-" for _ in range(1000)) + b"\r\n\r\n", b" 4"),
        ):
            first = raw(self.url, data).split(b"\r\n")[0]
            self.assertRegex(first, expected, data[:80])
        self.assertEqual(ask(self.url)[0], 200)

    def test_one_request_a_connection(self):
        path = urllib.parse.urlsplit(self.url).path.encode()
        twice = b"GET " + path + b"state.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        self.assertEqual(raw(self.url, twice * 2).count(b"HTTP/1.1 "), 1)

    def test_silent_connections_do_not_shut_out_others(self):
        parts = urllib.parse.urlsplit(self.url)
        silent = [socket.create_connection((parts.hostname, parts.port)) for _ in range(6)]
        try:
            self.assertEqual(ask(self.url)[0], 200)
        finally:
            for connection in silent:
                connection.close()

    def test_headers(self):
        for url, path in ((self.url, ""), (self.url, "state.json"), (self.url, "monitor.js"), (self.url, "nothing"), (self.url[:-10], "")):
            _, headers, _ = ask(url, path)
            self.assertEqual(headers["Cache-Control"], "no-store")
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(headers["X-Frame-Options"], "DENY")
            policy = headers["Content-Security-Policy"]
            self.assertTrue(policy.startswith("default-src 'none';"))
            self.assertNotIn("unsafe", policy)

    def test_changes_nothing(self):
        state_when(self.url, is_read)
        ask(self.url, "sample/0/image-0.png")
        self.assertEqual(sizes_and_times(self.run_dir), self.before)

    def test_port_in_use(self):
        port = urllib.parse.urlsplit(self.url).port
        _, message = twinmill("monitor", self.run_dir, "--port", port, code=2)
        self.assertIn(f"port {port} of 127.0.0.1 is in use", message)
        self.assertIn(f"--port {port + 1 if port < 65535 else port - 1}", message)


class Directories(unittest.TestCase):
    def test_no_run(self):
        with folder() as there:
            self.assertIn("not a run directory", twinmill("monitor", there / "none", code=2)[1])
            self.assertIn("not a run directory", twinmill("monitor", there, code=2)[1])
            (there / "run.lock").write_text("")
            for words, expected in ((["--port", "70000"], "0 to 65535"), (["--port", "many"], "not a whole number"), (["--prot", "1"], "Did you mean --port")):
                self.assertIn(expected, twinmill("monitor", there, *words, code=2)[1])
            (there / "status.json").write_text("{}")
            self.assertIn("no status of a run", twinmill("monitor", there, code=2)[1])

    def test_addresses_of_others(self):
        with folder() as there:
            (there / "run.lock").write_text("")
            self.assertIn("192.0.2.1", twinmill("monitor", there, "--host", "192.0.2.1", code=2)[1])

    def test_from_before_the_store_to_the_end(self):
        """A run that has only just begun, one whose store is cut off, one that is whole."""
        with folder() as there:
            whole, run = there / "whole", there / "run"
            twinmill("run", TINY, "--dir", whole, "--until", "simulate", "--ranks", 1)
            run.mkdir()
            (run / "run.lock").write_text("")
            with monitor(run) as (_, url):
                seen = state(url)
                self.assertEqual((seen["status"], seen["ledger"], seen["store"]["known"], seen["problems"]), (None, None, False, []))
                self.assertEqual(ask(url)[0], 200)
                self.assertEqual(ask(url, "sample/0")[0], 404)
                (run / "store.h5").write_bytes((whole / "store.h5").read_bytes()[:3000])
                seen = state_when(url, lambda s: s["problems"])
                self.assertIn("store.h5", seen["problems"][0])
                self.assertIn("store.h5", ask(url)[2].decode())
                for name in ("store.h5", "ledger-snapshot.sqlite", "status.json"):
                    shutil.copy(whole / name, run / (name + ".new"))
                    (run / (name + ".new")).rename(run / name)
                seen = state_when(url, lambda s: is_read(s) and s["status"])
                self.assertEqual(seen["problems"], [])
                self.assertEqual(seen["ledger"]["images"]["pending"], 0)
                self.assertEqual(ask(url, "sample/0/overlay-0.png")[0], 200)

    def test_newer_versions(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
            text = (run / "status.json").read_text()
            (run / "status.json").write_text(text.replace('"format": 1', '"format": 9'))
            self.assertIn("another version", twinmill("monitor", run, code=2)[1])
            (run / "status.json").write_text(text)
            with h5py.File(run / "store.h5", "r+") as store:
                store.attrs["format_version"] = store.attrs["format_version"] + 8
            with monitor(run) as (_, url):
                self.assertIn("version", state_when(url, lambda s: s["problems"])["problems"][0])
                self.assertEqual(ask(url)[0], 200)
            with sqlite3.connect(run / "ledger-snapshot.sqlite") as ledger:
                ledger.execute("PRAGMA user_version = 99")
            self.assertIn("newer", twinmill("monitor", run, code=2)[1])

    def test_failures_are_those_that_explain_tells(self):
        with folder() as there:
            run = there / "run"
            twinmill("run", TINY, "--dir", run, "--until", "simulate", "--ranks", 1)
            with sqlite3.connect(run / "ledger-snapshot.sqlite") as ledger:
                (simulation,) = ledger.execute("SELECT simulation FROM tasks WHERE id = 0").fetchone()
                ledger.execute("UPDATE attempts SET outcome = 'failed', fault = 'system', message = 'no <b>space</b> left' WHERE simulation = ?", (simulation,))
                ledger.execute("UPDATE tasks SET state = 'quarantined' WHERE simulation = ? AND kind = 'image'", (simulation,))
                ledger.execute("UPDATE simulations SET reason = 'no <b>space</b> left' WHERE id = ?", (simulation,))
                (given_up,) = ledger.execute("SELECT count(*) FROM tasks WHERE state = 'quarantined'").fetchone()
            explained, _ = twinmill("explain", run)
            with monitor(run) as (_, url):
                seen = state_when(url, is_read)
                page = ask(url)[2].decode()
            (group,) = seen["ledger"]["failures"]
            self.assertIn(f"{group['attempts']} attempts of {group['simulations']} simulations failed", explained)
            self.assertEqual(group["message"], "no <b>space</b> left")
            self.assertEqual(seen["ledger"]["images"]["quarantined"], given_up)
            self.assertEqual(sum(v["quarantined"] for v in seen["ledger"]["axes"]["parent"]), given_up)
            self.assertEqual(len([line for line in explained.splitlines() if line.startswith("failures go with")]), len(seen["ledger"]["patterns"]))
            self.assertIn("no &lt;b&gt;space&lt;/b&gt; left", page)
            self.assertNotIn("no <b>space", page)

    def test_while_the_run_goes_on_and_is_killed(self):
        with folder() as there:
            run = there / "run"
            process = subprocess.Popen([PROGRAM, "run", str(TINY), "--dir", str(run), "--ranks", "2"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                while not (run / "status.json").exists():
                    self.assertIsNone(process.poll())
                    time.sleep(0.02)
                with monitor(run) as (_, url):
                    state_when(url, lambda s: s["status"] and s["ledger"])
                    self.assertEqual(ask(url)[0], 200)
                    process.terminate()  # Also after its end: the page goes on.
                    process.wait(timeout=120)
                    self.assertEqual(ask(url)[0], 200)
                    self.assertEqual(state(url)["problems"], [])
            finally:
                process.kill()
                process.wait()


if __name__ == "__main__":
    unittest.main()
