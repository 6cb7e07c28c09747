// Name servers for tests: how they are set up and asked.
#pragma once

#include <string>

#include "tests/e2e/libuv/free_port.h"
#include "tests/e2e/libuv/program.h"

// BIND's server on that port of 127.0.0.1, with the zone "example" of those records. It gives up root.
Command named_server(const Scratch& scratch, int port, const std::string& records);

// The words before a question.
Command ask(int port);

// Asks until the server answers. False if it ends before; then the test has failed.
bool wait_for_answer(Background& server, const Scratch& scratch, int port, const std::string& name);
