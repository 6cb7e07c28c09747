// A port of 127.0.0.1 that nobody uses at the moment, for TCP and UDP.
#pragma once

int free_port();
