#!/usr/bin/env python3
"""Runs Asio's example servers, as they are, counted and tracked, under the same load, and compares.

asio_load.py FOLDER LOOPSCOPE: the folder has NAME.plain, NAME.counted and NAME.tracked. The client goes step by step, so that
each build starts the same operations; it counts in primes.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time

folder, loopscope = sys.argv[1:3]


def connect(port):
    for _ in range(600):  # until the server listens
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise SystemExit("the server does not listen on port %d" % port)


def receive(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise SystemExit("the server hung up")
        data += part
    return data


def load_http(port):
    told = b""
    for i in range(101):
        sock = connect(port)
        name = "/page%d.html" % (i % 7) if i % 11 else "/missing.html"
        sock.sendall(("GET %s HTTP/1.0\r\nHost: here\r\n\r\n" % name).encode())
        while part := sock.recv(65536):
            told += part
        sock.close()
    return told


def load_chat(port):
    clients, told = [], b""
    for i in range(7):
        clients.append(connect(port))
        # What a member says comes back to it: then it has joined, and has read what was said before.
        body = b"member %d" % i
        clients[-1].sendall(b"%4d%s" % (len(body), body))
        for client in clients:
            told += receive(client, 4 + len(body)) if client is not clients[-1] else b""
        seen = b""
        while not seen.endswith(body):
            length = int(receive(clients[-1], 4))
            seen = receive(clients[-1], length)
            told += seen
    for i in range(23):
        for number, client in enumerate(clients):
            body = b"message %d of %d" % (i, number)
            client.sendall(b"%4d%s" % (len(body), body))
            for other in clients:
                told += receive(other, 4 + len(body))
    for client in clients[:3]:
        client.close()
    time.sleep(0.3)  # the server sees the ends of three; four members stay
    return told, clients[3:]


def load_echo(port):
    clients, told = [connect(port) for _ in range(11)], b""
    for i in range(53):
        for number, client in enumerate(clients):
            text = b"line %d of %d\n" % (i, number)
            client.sendall(text)
            told += receive(client, len(text))
    for client in clients[:5]:
        client.close()
    time.sleep(0.3)
    return told, clients[5:]


os.makedirs(folder + "/pages", exist_ok=True)
for page in range(7):
    with open("%s/pages/page%d.html" % (folder, page), "w") as file:
        file.write("<p>page %d\n" % page * 101)

servers = {
    "http": (["127.0.0.1", "18081", folder + "/pages"], 18081, load_http),
    "chat": (["18082"], 18082, load_chat),
    "echo": ([], 55555, load_echo),
}
failures = 0
for name, (arguments, port, load) in servers.items():
    told, count, tasks = {}, None, None
    for way in ("plain", "counted", "tracked"):
        base = "%s/%s" % (folder, name)
        environment = dict(os.environ, ASIO_COUNT=base + ".count")
        for old in (base + ".count", base + ".pb"):
            if os.path.exists(old):
                os.remove(old)
        if way == "tracked":
            environment["LOOPSCOPE_TRACE"] = base + ".pb"
        server = subprocess.Popen([base + "." + way] + arguments, env=environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        answer = load(port)
        clients = ()
        if isinstance(answer, tuple):
            answer, clients = answer
        server.send_signal(signal.SIGTERM)
        output = server.communicate(timeout=60)[0]
        told[way] = (answer, output, server.returncode)
        for client in clients:
            client.close()
        if way == "counted":
            count = [int(word) for word in open(base + ".count").read().split()]
        if way == "tracked":
            report = subprocess.run([loopscope, "analyze", "--format", "json", base + ".pb"], stdout=subprocess.PIPE,
                                    check=True).stdout
            tasks = json.loads(report)["tasks"]
            lost = json.loads(report)["trace"]["lost_events"]
    created, begun, ended, abandoned, left = count
    checks = {
        "same answers": told["plain"] == told["counted"] == told["tracked"],
        "every creation once": tasks["created"] == created,
        "every end once": tasks["finished"] == ended + left + abandoned,
        "abandoned": tasks["abandoned"] == abandoned,
        "created = finished + pending": tasks["created"] == tasks["finished"] + tasks["pending"],
        "nothing lost": lost == 0,
        "counted: begun = ended + left": begun == ended + left,
    }
    print("%s: %d bytes of answers, exit %d; Asio tells of %d created, %d ended, %d abandoned, %d left by exceptions; "
          "the trace has %d created, %d finished (%d failed, %d cancelled, %d abandoned), %d pending" %
          (name, len(told["plain"][0]), told["plain"][2], created, ended, abandoned, left, tasks["created"],
           tasks["finished"], tasks["failed"], tasks["cancelled"], tasks["abandoned"], tasks["pending"]))
    for check, is_good in checks.items():
        if not is_good:
            failures += 1
            print("  not so: " + check)
sys.exit(1 if failures else 0)
