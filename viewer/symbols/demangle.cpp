#include "viewer/symbols/demangle.h"

// Else its header declares a basename() of its own, unlike the one of <cstring>.
#define HAVE_DECL_BASENAME 1
#include <libiberty/demangle.h>

#include <csetjmp>
#include <cstring>

// The code behind abi::__cxa_demangle, in the form that hands out its text piece by piece, so that we can stop:
// ten bytes of nested substitutions double the text, and __cxa_demangle would build all of it (a 215-byte name
// means 69 MB). This form allocates nothing, which is what makes it right to leave it by longjmp.
namespace loopscope::symbols {
namespace {

struct Output {
  std::size_t length = 0;
  std::jmp_buf enough;
  char text[kMaxDemangledBytes];
};

void append(const char* piece, std::size_t length, void* context) {
  auto* output = static_cast<Output*>(context);
  if (length > sizeof output->text - output->length) std::longjmp(output->enough, 1);
  std::memcpy(output->text + output->length, piece, length);
  output->length += length;
}

// No object with a destructor lives here or above the callback, so longjmp skips none.
bool run(const char* mangled, Output* output) {
  if (setjmp(output->enough) != 0) return false;
  return cplus_demangle_v3_callback(mangled, DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP, append, output) != 0;
}

}  // namespace

std::string demangle(const char* symbol) {
  std::size_t length = strnlen(symbol, kMaxMangledBytes);
  bool mangled = length < kMaxMangledBytes && length > 2 && symbol[0] == '_' && symbol[1] == 'Z';
  if (!mangled) return std::string(symbol, length);
  Output output;
  if (!run(symbol, &output)) return std::string(symbol, length);
  return std::string(output.text, output.length);
}

}  // namespace loopscope::symbols
