#include "tests/e2e/libuv/name_server.h"

#include <gtest/gtest.h>
#include <unistd.h>

Command named_server(const Scratch& scratch, int port, const std::string& records) {
  scratch.write(
      "example.zone",
      "$TTL 60\n@ SOA ns.example. root.example. 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n" + records);
  const std::string configuration =
      scratch.write("named.conf", "options { directory \"" + scratch.path() +
                                      "\"; pid-file none; session-keyfile none; recursion no;"
                                      " listen-on port " +
                                      std::to_string(port) +
                                      " { 127.0.0.1; }; listen-on-v6 { none; }; dnssec-validation no; };\n"
                                      "controls { };\n"
                                      "zone \"example\" { type primary; file \"example.zone\"; };\n");
  Command server{NAMED, "-4", "-f", "-n", "2", "-c", configuration};
  if (geteuid() == 0) server.insert(server.end(), {"-u", "nobody"});
  return server;
}

Command ask(int port) {
  return {DIG, "@127.0.0.1", "-p", std::to_string(port), "+short", "+time=5", "+tries=3"};
}

bool wait_for_answer(Background& server, const Scratch& scratch, int port, const std::string& name) {
  Command question = ask(port);
  question.insert(question.end(), {name, "A"});
  while (!run(question, scratch.path()).output.starts_with("10.")) {
    if (server.running()) continue;
    ADD_FAILURE() << server.wait().errors;
    return false;
  }
  return true;
}
