// A program without libuv; loads a library that has one, visible to that library only.
#include <dlfcn.h>

int main(int, char** argv) {
  void* plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!plugin) return 1;
  reinterpret_cast<void (*)()>(dlsym(plugin, "run_plugin"))();
  return 7;
}
