#!/usr/bin/env python3
"""Real programs at work below `loopscope record`: each starts, serves clients for a while, stops as it should, and none
of them may be called sick.

    at_work.py LOOPSCOPE SECONDS PROGRAM
    at_work.py --list

It says how often the program's work was done, and what was found.

Exit code 0: it worked, its trace is whole, and no finding is critical but those that EXPLAINED says are true.
77: the program is not installed. 1: anything else, after saying what.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

# (program, detector): why it is true, for findings that are critical and right.
EXPLAINED = {}


def free_port():
    """Below those that the kernel gives to clients, which come and go between this look and the server's start."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def quietly(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30, **options).stdout


class Program:
    """One of them. `folder` is its own, anybody may write there; `port` is free."""

    binary = None
    clients = ()  # programs its work needs
    stop_signal = signal.SIGTERM
    exit_code = 0

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb" if isinstance(text, bytes) else "w") as file:
            file.write(text)
        return path

    def command(self):
        raise NotImplementedError

    def work(self):
        """One round of work; raises where an answer is missing or wrong. Also how one knows that it has started."""
        raise NotImplementedError

    def stop(self, pid):
        os.kill(pid, self.stop_signal)


class Memcached(Program):
    binary = "memcached"

    def command(self):
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        return ["memcached", "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", "-t", "2", *user]

    def work(self):
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(socket.create_connection(("127.0.0.1", self.port), 5)) for _ in range(8)]
            for turn in range(40):
                value = b"v" * (1 + turn * 97 % 4000)
                for number, client in enumerate(clients):
                    key = b"key%d" % (turn * 8 + number)
                    client.sendall(b"set %s 0 60 %d\r\n%s\r\nget %s\r\n" % (key, len(value), value, key))
                for client in clients:
                    answer = b""
                    while not answer.endswith(b"END\r\n"):
                        part = client.recv(65536)
                        assert part, "memcached closed a connection"
                        answer += part
                    assert value in answer


class Tmux(Program):
    binary = "tmux"

    def tmux(self, *words):
        environment = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm")
        environment.pop("TMUX", None)
        return quietly("tmux", "-S", self.folder + "/socket", *words, env=environment)

    def command(self):
        return ["env", "-u", "TMUX", "LC_ALL=C.UTF-8", "TERM=xterm", "tmux", "-S", self.folder + "/socket", "-f",
                "/dev/null", "-D"]

    def work(self):
        self.tmux("-N", "new-session", "-d", "-s", "work", "-x", "80", "-y", "24", "sh")
        self.tmux("send-keys", "-t", "work", "seq 1 2000; echo do''ne", "Enter")
        deadline = time.monotonic() + 10
        while "done" not in self.tmux("capture-pane", "-p", "-t", "work"):
            assert time.monotonic() < deadline, "the window never showed what was typed"
        self.tmux("split-window", "-t", "work", "sleep 0.1")
        self.tmux("kill-session", "-t", "work")

    def stop(self, pid):
        self.tmux("kill-server")


class WebProgram(Program):
    """Whoever answers HTTP."""

    def ask(self, path, data=None, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data,
                                         {name.replace("_", "-"): value for name, value in headers.items()})
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read()


def torrent_of(content):
    """The metainfo of one file, `shared`, in pieces of 64 KiB."""
    piece = 1 << 16
    hashes = b"".join(hashlib.sha1(content[at:at + piece]).digest() for at in range(0, len(content), piece))
    info = b"d6:lengthi%de4:name6:shared12:piece lengthi%de6:pieces%d:%se" % (len(content), piece, len(hashes), hashes)
    return b"d4:info" + info + b"e"


class Transmission(WebProgram):
    binary = "transmission-daemon"
    content = bytes(range(256)) * (1 << 15)  # 8 MiB
    session = ""

    def command(self):
        self.write("settings/settings.json", json.dumps({
            "dht-enabled": False, "lpd-enabled": False, "pex-enabled": False, "utp-enabled": False,
            "port-forwarding-enabled": False, "rpc-bind-address": "127.0.0.1"}))
        self.write("shared", self.content)
        self.torrent = self.write("shared.torrent", torrent_of(self.content))
        return ["transmission-daemon", "-f", "--config-dir", self.folder + "/settings", "--download-dir", self.folder,
                "--port", str(self.port), "--peerport", "0", "--no-portmap", "--no-dht", "--no-lpd", "--no-utp",
                "--no-auth", "--log-error"]

    def call(self, method, **arguments):
        body = json.dumps({"method": method, "arguments": arguments}).encode()
        for _ in range(2):
            try:
                answer = json.loads(self.ask("/transmission/rpc", body, X_Transmission_Session_Id=self.session))
                assert answer["result"] == "success", answer
                return answer["arguments"]
            except urllib.error.HTTPError as refused:
                if refused.code != 409:
                    raise
                self.session = refused.headers["X-Transmission-Session-Id"]
        raise AssertionError("transmission takes no session id")

    def work(self):
        self.call("session-get")
        self.call("torrent-add", filename=self.torrent)
        deadline = time.monotonic() + 20
        while True:  # until it has verified what is there
            torrents = self.call("torrent-get", fields=["id", "percentDone"])["torrents"]
            if torrents and torrents[0]["percentDone"] == 1:
                break
            assert time.monotonic() < deadline, "the file was never verified"
            time.sleep(0.02)
        self.call("torrent-remove", ids=[torrents[0]["id"]])


class Nvim(Program):
    binary = "nvim"

    def command(self):
        return ["nvim", "--headless", "--listen", self.folder + "/socket", "-u", "NONE", "-i", "NONE", "-n"]

    def ask(self, expression):
        # The answer comes on whichever of the two is no terminal.
        return subprocess.run(["nvim", "--server", self.folder + "/socket", "--remote-expr", expression], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30).stdout.strip()

    def work(self):
        assert self.ask("6 * 7") == "42"
        self.ask("execute('let g:seen = 0 | call timer_start(5, {-> execute(\"let g:seen = 1\")})')")
        self.ask("execute('let g:job = jobstart([\"sh\", \"-c\", \"echo well\"])')")
        self.ask("execute('%d | call setline(1, range(1, 2000)) | %s/7/seven/g')")
        assert self.ask("getline(17)") == "1seven"
        deadline = time.monotonic() + 5
        while self.ask("g:seen") != "1":
            assert time.monotonic() < deadline, "the timer never fired"

    def stop(self, pid):
        # It goes without an answer, which the client calls an error.
        subprocess.run(["nvim", "--server", self.folder + "/socket", "--remote-send", ":qa!<CR>"], capture_output=True,
                       timeout=30)


class NameServer(Program):
    clients = ("dig",)

    def ask(self, batch):
        return quietly("dig", "@127.0.0.1", "-p", str(self.port), "+short", "+time=5", "+tries=3", "-f", batch)

    def work(self):
        names = 200
        batch = self.write("questions", "".join(f"h{number}.example. A\n" for number in range(names)))
        for _ in range(3):  # dig warns of an answer that is none about once in 20,000, recorded or not
            answers = self.ask(batch).splitlines()
            if not any(line.startswith(";;") for line in answers):
                break
        assert sorted(answers) == sorted(f"10.0.0.{number}" for number in range(names)), answers


class Named(NameServer):
    binary = "named"

    def command(self):
        records = "".join(f"h{number} A 10.0.0.{number}\n" for number in range(200))
        self.write("example.zone", "$TTL 60\n@ SOA ns.example. root.example. 1 60 60 60 60\n@ NS ns\n"
                                   "ns A 127.0.0.1\n" + records)
        configuration = self.write("named.conf", f"""
options {{
  directory "{self.folder}"; pid-file none; session-keyfile none; recursion no; dnssec-validation no;
  listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
}};
controls {{ }};
zone "example" {{ type primary; file "example.zone"; }};
""")
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        return ["named", "-4", "-f", "-n", "2", "-c", configuration, *user]


class Kresd(NameServer):
    binary = "kresd"

    def command(self):
        hints = "".join(f"hints['h{number}.example'] = '10.0.0.{number}'\n" for number in range(200))
        configuration = self.write("kresd.conf", f"net.listen('127.0.0.1', {self.port}, {{ kind = 'dns' }})\n"
                                                 "modules = { 'hints > iterate' }\n" + hints +
                                                 "cache.size = 10 * MB\ntrust_anchors.remove('.')\n")
        return ["kresd", "-n", "-q", "-c", configuration, self.folder]


class QBittorrent(WebProgram):
    """Qt's loop, and Asio's in libtorrent below it."""

    binary = "qbittorrent-nox"

    def command(self):
        self.write("qBittorrent/config/qBittorrent.conf", f"""
[LegalNotice]
Accepted=true
[BitTorrent]
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\Port={free_port()}
Session\\Interface=lo
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\LocalHostAuth=false
""")
        self.content = bytes(range(256)) * (1 << 14)  # 4 MiB
        self.write("shared", self.content)
        self.torrent = self.write("shared.torrent", torrent_of(self.content))
        self.hash = hashlib.sha1(torrent_of(self.content)[len(b"d4:info"):-1]).hexdigest()
        return ["qbittorrent-nox", f"--webui-port={self.port}", f"--profile={self.folder}"]

    def work(self):
        assert self.ask("/api/v2/app/version").startswith(b"v")
        self.ask("/api/v2/app/preferences")
        boundary = "----part"
        with open(self.torrent, "rb") as file:
            torrent = file.read()
        body = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"savepath\"\r\n\r\n{self.folder}\r\n"
                f"--{boundary}\r\nContent-Disposition: form-data; name=\"torrents\"; filename=\"shared.torrent\"\r\n"
                "Content-Type: application/x-bittorrent\r\n\r\n").encode() + torrent + f"\r\n--{boundary}--\r\n".encode()
        self.ask("/api/v2/torrents/add", body, Content_Type=f"multipart/form-data; boundary={boundary}")
        deadline = time.monotonic() + 20
        while True:
            torrents = json.loads(self.ask("/api/v2/torrents/info"))
            if torrents and torrents[0]["progress"] == 1:
                break
            assert time.monotonic() < deadline, "the file was never verified"
            time.sleep(0.05)
        self.ask("/api/v2/torrents/delete", f"hashes={self.hash}&deleteFiles=false".encode())


ASYNCIO_SERVICE = '''
import asyncio, signal, sys

async def serve(reader, writer):
    while line := await reader.readline():
        await asyncio.gather(*(asyncio.sleep(0.001) for _ in range(3)))
        writer.write(line.upper())
        await writer.drain()
    writer.close()

async def main():
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    async with await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1])):
        await over.wait()

asyncio.run(main())
'''


class Asyncio(Program):
    binary = "python3"

    def command(self):
        return ["python3", self.write("service.py", ASYNCIO_SERVICE), str(self.port)]

    def work(self):
        async def client(number):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            for turn in range(20):
                writer.write(b"line %d of %d\n" % (turn, number))
                assert await reader.readline() == b"LINE %d OF %d\n" % (turn, number)
            writer.close()
            await writer.wait_closed()

        async def clients():
            await asyncio.wait_for(asyncio.gather(*(client(number) for number in range(20))), 30)

        asyncio.run(clients())


class Redis(Program):
    binary = "redis-server"
    clients = ("redis-cli", "redis-benchmark")

    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]

    def cli(self, *words):
        return quietly("redis-cli", "-p", str(self.port), *words).strip()

    def work(self):
        assert self.cli("ping") == "PONG"
        quietly("redis-benchmark", "-p", str(self.port), "-q", "-n", "2000", "-c", "20", "-t", "set,get,lpush,lrange_100")
        assert self.cli("set", "key", "23", "px", "50") == "OK"  # it will have to expire it
        if "rdb_bgsave_in_progress:0" in self.cli("info", "persistence"):
            self.cli("bgsave")  # in a child


class Nginx(WebProgram):
    binary = "nginx"
    stop_signal = signal.SIGQUIT

    def command(self):
        self.write("pages/small", "well\n")
        self.write("pages/large", b"23" * (1 << 19))
        configuration = self.write("nginx.conf", f"""
daemon off; worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/errors;
events {{ }}
http {{
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{self.port}; root {self.folder}/pages;
    location /proxy/ {{ proxy_pass http://127.0.0.1:{self.port}/; }}
  }}
}}
""")
        return ["nginx", "-p", self.folder, "-e", self.folder + "/errors", "-c", configuration]

    def work(self):
        for _ in range(20):
            assert self.ask("/small") == b"well\n"
            assert self.ask("/proxy/small") == b"well\n"
            assert len(self.ask("/large")) == 1 << 20


PROGRAMS = {"memcached": Memcached, "tmux": Tmux, "transmission": Transmission, "nvim": Nvim, "named": Named,
            "kresd": Kresd, "qbittorrent": QBittorrent, "asyncio": Asyncio, "redis": Redis, "nginx": Nginx}


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return int(file.read().split()[0])


def keep_at_work(program, recorder, seconds):
    """Rounds of work for so long. Returns how many."""
    deadline = time.monotonic() + 30
    while True:
        try:
            program.work()
            break
        except (OSError, AssertionError, subprocess.CalledProcessError):
            if recorder.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    rounds = 1
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        program.work()
        rounds += 1
        time.sleep(0.05)
    return rounds


def record(loopscope, program, seconds, trace):
    output = open(program.folder + "/output", "w+b")
    recorder = subprocess.Popen([loopscope, "record", "-o", trace, "--", *program.command()], cwd=program.folder,
                                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                env=dict(os.environ, HOME=program.folder, XDG_RUNTIME_DIR=program.folder))
    try:
        rounds = keep_at_work(program, recorder, seconds)
        program.stop(child_of(recorder.pid))
        exit_code = recorder.wait(60)
    except BaseException:
        recorder.terminate()
        output.seek(0)
        sys.stderr.write(output.read().decode(errors="replace")[-2000:])
        raise
    assert exit_code == program.exit_code, f"ended with {exit_code}"
    return rounds


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(PROGRAMS))
        return 0
    if len(sys.argv) != 4 or sys.argv[3] not in PROGRAMS:
        print("usage: at_work.py LOOPSCOPE SECONDS PROGRAM, one of " + ", ".join(PROGRAMS), file=sys.stderr)
        return 2
    loopscope, seconds, name = os.path.abspath(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    kind = PROGRAMS[name]
    for needed in (kind.binary, *kind.clients):
        if not shutil.which(needed):
            print(f"{needed} is not installed")
            return 77
    with tempfile.TemporaryDirectory(prefix="loopscope-") as folder:
        os.chmod(folder, 0o777)
        trace = folder + "/trace.pb"
        rounds = record(loopscope, kind(folder), seconds, trace)
        # 0 and 2 differ in whether there are findings; a damaged or missing trace is 3.
        analysis = subprocess.run([loopscope, "analyze", "--format", "json", trace], capture_output=True, text=True)
        assert analysis.stdout, analysis.stderr
        report = json.loads(analysis.stdout)
        kept = os.environ.get("LOOPSCOPE_KEEP")
        if kept:
            shutil.copy(trace, os.path.join(kept, name + ".pb"))
    assert report["loops"], "no loop in its trace"
    wrong = []
    lines = [f"{name}: {rounds} rounds of work"]
    for finding in report["findings"]:
        reason = EXPLAINED.get((name, finding["detector"]))
        lines.append(f"  {finding['severity']}: {finding['title']}" + (f" (true: {reason})" if reason else ""))
        if finding["severity"] == "critical" and not reason:
            wrong.append(finding["title"])
    print("\n".join(lines), flush=True)  # at once: others may be printing
    for title in wrong:
        print(f"{name} is well, and is called sick: {title}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
