#include "agent/stack/unwind_image.h"

#include <dlfcn.h>
#include <libunwind.h>

#include <algorithm>
#include <cstring>

#include "agent/stack/function_code.h"
#include "agent/stack/loaded_code.h"
#include "agent/stack/own_memory.h"

namespace loopscope::stack {
namespace {

#define LOOPSCOPE_TEXT_OF(name) #name
#define LOOPSCOPE_SYMBOL_OF(macro) LOOPSCOPE_TEXT_OF(macro)

static_assert(UNW_X86_64_RSP == Registers::kStackPointer && UNW_X86_64_RIP == Registers::kProgramCounter);

// Of libunwind's library for other address spaces; all or none of them are there.
struct Library {
  decltype(&::unw_create_addr_space) create_addr_space;
  decltype(&::unw_destroy_addr_space) destroy_addr_space;
  decltype(&::unw_init_remote) init_remote;
  decltype(&::unw_step) step;
  decltype(&::unw_get_reg) get_reg;
  decltype(&::unw_flush_cache) flush_cache;
  decltype(&::unw_set_caching_policy) set_caching_policy;
  int (*search_unwind_table)(unw_addr_space_t, unw_word_t, unw_dyn_info_t*, unw_proc_info_t*, int, void*);
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

bool load(Library& library) {
  void* file = dlopen("libunwind-x86_64.so.8", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  return file != nullptr &&
         find(file, LOOPSCOPE_SYMBOL_OF(unw_create_addr_space), library.create_addr_space) &&
         find(file, LOOPSCOPE_SYMBOL_OF(unw_destroy_addr_space), library.destroy_addr_space) &&
         find(file, LOOPSCOPE_SYMBOL_OF(unw_init_remote), library.init_remote) &&
         find(file, LOOPSCOPE_SYMBOL_OF(unw_step), library.step) &&
         find(file, LOOPSCOPE_SYMBOL_OF(unw_get_reg), library.get_reg) &&
         find(file, LOOPSCOPE_SYMBOL_OF(unw_flush_cache), library.flush_cache) &&
         find(file, LOOPSCOPE_SYMBOL_OF(unw_set_caching_policy), library.set_caching_policy) &&
         find(file, LOOPSCOPE_SYMBOL_OF(UNW_OBJ(dwarf_search_unwind_table)), library.search_unwind_table);
}

// The header of the table by which unwind information is found: what linkers write, and all that is understood.
constexpr unsigned char kVersion = 1;
constexpr unsigned char kSizeMask = 0x07;  // of an encoding
constexpr unsigned char kIs32 = 0x03;
constexpr unsigned char kCountIsUnsigned32 = 0x03;
constexpr unsigned char kTableIsSorted32 = 0x3b;  // signed 32 bits, relative to the header
constexpr std::uint64_t kHeaderBytes = 12;        // version, three encodings, pointer, count

// Of a search for a lost frame pointer.
constexpr std::uint32_t kMostFrames = 128;
constexpr std::uint64_t kFarthestFrame = 128 * 1024;
// Of a search for who called generated code: its frames are small, and each address found is walked from.
constexpr std::uint64_t kFarthestCaller = 8 * 1024;

struct Walk {
  enum class End { lost, of_room, of_stack };
  End end = End::lost;
  std::uint32_t count = 0;          // frames
  std::uint64_t stack_pointer = 0;  // in the last one
  // The first frame in code of no file, and the stack pointer in it. libunwind goes on from there by the frame pointer.
  std::uint32_t generated = UINT32_MAX;
  std::uint64_t generated_stack_pointer = 0;
};

}  // namespace

struct ImageUnwinder::Impl {
  Library library{};
  unw_addr_space_t space = nullptr;
  OwnMemory memory;
  LoadedCode code;
  const ThreadImage* image = nullptr;

  bool read(std::uint64_t address, std::uint64_t& word) {
    if (!image->holds(address, sizeof word)) return memory.read_constant(address, word);
    std::memcpy(&word, image->stack.data() + (address - image->stack_at), sizeof word);
    return true;
  }

  int find_proc_info(unw_word_t address, unw_proc_info_t* info, int need_unwind_info) {
    const CodeRange* range = code.find(address);
    if (range == nullptr || range->unwind_header == 0) return -UNW_ENOINFO;
    unsigned char header[kHeaderBytes];
    if (memory.read(range->unwind_header, header, sizeof header) != sizeof header) return -UNW_ENOINFO;
    if (header[0] != kVersion || (header[1] & kSizeMask) != kIs32 || header[2] != kCountIsUnsigned32 ||
        header[3] != kTableIsSorted32) {
      return -UNW_ENOINFO;
    }
    std::uint32_t count;
    std::memcpy(&count, header + 8, sizeof count);
    if (std::uint64_t{count} * 8 > range->unwind_header_bytes) return -UNW_ENOINFO;
    unw_dyn_info_t table{};
    table.format = UNW_INFO_FORMAT_REMOTE_TABLE;
    table.start_ip = range->begin;
    table.end_ip = range->end;
    table.u.rti.segbase = range->unwind_header;
    table.u.rti.table_data = range->unwind_header + kHeaderBytes;
    table.u.rti.table_len = std::uint64_t{count} * 8 / sizeof(unw_word_t);
    return library.search_unwind_table(space, address, &table, info, need_unwind_info, this);
  }

  Walk walk(const ThreadImage& of, std::uint64_t* frames, std::uint32_t max);
  std::uint32_t walk_with(std::uint64_t frame_pointer, ThreadImage& from, std::uint64_t* way,
                          std::uint32_t room);
  std::uint32_t go_on_without_frame_pointer(const ThreadImage& of, std::uint64_t* frames, std::uint32_t max,
                                            const Walk& lost);

  std::uint32_t go_on_behind_generated_code(const ThreadImage& of, std::uint64_t* frames, std::uint32_t max,
                                            const Walk& lost);
  bool is_by_calls_alone(const std::uint64_t* way, const Walk& walked, std::uint32_t first = 1);

  static Impl& of(void* self) { return *static_cast<Impl*>(self); }
  static unw_accessors_t accessors();
};

unw_accessors_t ImageUnwinder::Impl::accessors() {
  unw_accessors_t all{};
  all.find_proc_info = [](unw_addr_space_t, unw_word_t address, unw_proc_info_t* info, int need, void* self) {
    return of(self).find_proc_info(address, info, need);
  };
  all.put_unwind_info = [](unw_addr_space_t, unw_proc_info_t*, void*) {};
  all.get_dyn_info_list_addr = [](unw_addr_space_t, unw_word_t*, void*) { return -UNW_ENOINFO; };
  all.access_mem = [](unw_addr_space_t, unw_word_t address, unw_word_t* value, int write, void* self) {
    std::uint64_t word = 0;
    if (write != 0 || !of(self).read(address, word)) return -UNW_EINVAL;
    *value = word;
    return 0;
  };
  all.access_reg = [](unw_addr_space_t, unw_regnum_t number, unw_word_t* value, int write, void* self) {
    const Registers& registers = of(self).image->registers;
    if (write != 0 || !registers.knows(static_cast<unsigned>(number))) return -UNW_EBADREG;
    *value = registers.value[number];
    return 0;
  };
  all.access_fpreg = [](unw_addr_space_t, unw_regnum_t, unw_fpreg_t*, int, void*) { return -UNW_EBADREG; };
  all.resume = [](unw_addr_space_t, unw_cursor_t*, void*) { return -UNW_EINVAL; };
  all.get_proc_name = [](unw_addr_space_t, unw_word_t, char*, size_t, unw_word_t*, void*) {
    return -UNW_ENOINFO;
  };
  return all;
}

ImageUnwinder::ImageUnwinder() : impl_(std::make_unique<Impl>()) {}
ImageUnwinder::~ImageUnwinder() {
  if (impl_->space != nullptr) impl_->library.destroy_addr_space(impl_->space);
}

bool ImageUnwinder::open() {
  if (!impl_->memory.open() || !load(impl_->library)) return false;
  unw_accessors_t accessors = Impl::accessors();
  impl_->space = impl_->library.create_addr_space(&accessors, 0);
  if (impl_->space == nullptr) return false;
  impl_->library.set_caching_policy(impl_->space, UNW_CACHE_GLOBAL);
  return true;
}

std::size_t ImageUnwinder::copy_stack(std::uint64_t stack_pointer, unsigned char* to,
                                      std::size_t most) const {
  return impl_->memory.read(stack_pointer, to, most);
}

// Up to `max` frames of the image, the first of which is its program counter.
Walk ImageUnwinder::Impl::walk(const ThreadImage& of, std::uint64_t* frames, std::uint32_t max) {
  Walk walk;
  image = &of;
  frames[0] = of.registers.value[Registers::kProgramCounter];
  walk.count = 1;
  walk.stack_pointer = of.registers.value[Registers::kStackPointer];
  const auto note_generated = [&](std::uint64_t inside) {
    if (walk.generated != UINT32_MAX || code.find(inside) != nullptr) return;
    walk.generated = walk.count - 1;
    walk.generated_stack_pointer = walk.stack_pointer;
  };
  note_generated(frames[0]);
  unw_cursor_t cursor;
  if (library.init_remote(&cursor, space, this) != 0) return walk;
  int stepped = 1;
  while (walk.count < max && (stepped = library.step(&cursor)) > 0) {
    unw_word_t address = 0, stack_pointer = 0;
    if (library.get_reg(&cursor, UNW_REG_IP, &address) != 0 ||
        library.get_reg(&cursor, UNW_REG_SP, &stack_pointer) != 0) {
      return walk;
    }
    if (address == 0) {
      stepped = 0;
      break;
    }
    frames[walk.count++] = address;
    walk.stack_pointer = stack_pointer;
    note_generated(address - 1);
  }
  walk.end = stepped == 0 ? Walk::End::of_stack : stepped > 0 ? Walk::End::of_room : Walk::End::lost;
  return walk;
}

// Whether the frames from `first` on lead to the stack's end: by calls, to a function that says it has no caller.
bool ImageUnwinder::Impl::is_by_calls_alone(const std::uint64_t* way, const Walk& walked,
                                            std::uint32_t first) {
  if (walked.end == Walk::End::lost || walked.count <= first) return false;
  for (std::uint32_t i = first; i < walked.count; ++i) {
    const bool outermost = walked.end == Walk::End::of_stack && i + 1 == walked.count;
    unw_proc_info_t function{};
    if (find_proc_info(way[i] - (outermost ? 0 : 1), &function, 0) != 0) return false;
    // The first function of a program is not called, and that of a thread neither.
    if (!outermost && !is_behind_call(way[i], memory)) return false;
  }
  return true;
}

// Frames from the last one on with that frame pointer; 0 if they do not lead to the stack's end.
std::uint32_t ImageUnwinder::Impl::walk_with(std::uint64_t frame_pointer, ThreadImage& from,
                                             std::uint64_t* way, std::uint32_t room) {
  from.registers.set(Registers::kFramePointer, frame_pointer);
  const Walk walked = walk(from, way, room);
  image = &from;
  std::uint64_t address;
  if (!is_by_calls_alone(way, walked) || !read(frame_pointer + 8, address)) return 0;
  return way[1] == address ? walked.count : 0;
}

// Code that was made at run time (a compiler's inside of an interpreter) says nowhere how it is left. Frame pointers are
// followed as far as they lead to a call in a file's code and from there to the stack's end. Else whoever called the
// generated code left a return address above: the first one behind a call from which the walk comes to the stack's end
// is taken, and what generated code put between is not seen.
std::uint32_t ImageUnwinder::Impl::go_on_behind_generated_code(const ThreadImage& of, std::uint64_t* frames,
                                                               std::uint32_t max, const Walk& lost) {
  std::uint32_t called = lost.generated + 1;
  while (called < lost.count && code.find(frames[called] - 1) == nullptr) ++called;
  if (is_by_calls_alone(frames, lost, called)) return lost.count;

  const std::uint32_t kept = lost.generated + 1;
  ThreadImage from = of;
  const std::uint32_t room = std::min(max - kept + 1, kMostFrames);
  std::uint64_t found[kMostFrames];
  const std::uint64_t first = lost.generated_stack_pointer & ~std::uint64_t{7};
  for (std::uint64_t at = first; at - first <= kFarthestCaller && of.holds(at, 8); at += 8) {
    std::uint64_t address = 0;
    image = &of;
    if (!read(at, address) || code.find(address) == nullptr || !is_behind_call(address, memory)) continue;
    from.registers.known = 0;
    from.registers.set(Registers::kProgramCounter, address - 1);
    from.registers.set(Registers::kStackPointer, at + 8);
    const Walk walked = walk(from, found, room);
    image = &from;
    if (!is_by_calls_alone(found, walked)) continue;
    const std::uint32_t count = std::min(walked.count, max - kept);
    std::copy(found, found + count, frames + kept);
    frames[kept] = address;
    return kept + count;
  }
  return kept;
}

// The kernel does not tell the frame pointer of a thread that sleeps, and the walk came to a function that needs it.
// It points into the stack, below the address that this function returns to, which is behind a call of this function,
// and from there the walk has to come to the stack's end. Taken is the place that the function's own beginning says,
// else the first that a call of certainly this function says; else the stack remains cut.
std::uint32_t ImageUnwinder::Impl::go_on_without_frame_pointer(const ThreadImage& of, std::uint64_t* frames,
                                                               std::uint32_t max, const Walk& lost) {
  unw_proc_info_t function{};
  const std::uint64_t inside = frames[lost.count - 1] - (lost.count > 1 ? 1 : 0);
  image = &of;
  if (find_proc_info(inside, &function, 0) != 0) return lost.count;
  ThreadImage from = of;
  from.registers.known = 0;
  from.registers.set(Registers::kProgramCounter, inside);
  from.registers.set(Registers::kStackPointer, lost.stack_pointer);
  const std::uint32_t room = std::min(max - lost.count + 1, kMostFrames);
  const auto call_above = [&](std::uint64_t frame_pointer) {
    std::uint64_t address = 0;
    image = &of;
    if (!read(frame_pointer + 8, address) || code.find(address) == nullptr) return CallBefore::none;
    return call_before(address, function.start_ip, memory);
  };
  std::uint64_t found[kMostFrames];
  std::uint32_t found_count = 0;
  const auto said = frame_bytes(function.start_ip, memory);
  if (said && of.holds(lost.stack_pointer + *said, 16) &&
      call_above(lost.stack_pointer + *said) != CallBefore::none) {
    found_count = walk_with(lost.stack_pointer + *said, from, found, room);
  }
  const std::uint64_t first = lost.stack_pointer & ~std::uint64_t{7};
  for (std::uint64_t at = first; found_count == 0 && at - first <= kFarthestFrame && of.holds(at, 16);
       at += 8) {
    if (call_above(at) == CallBefore::of_it) found_count = walk_with(at, from, found, room);
  }
  if (found_count == 0) return lost.count;
  std::copy(found + 1, found + found_count, frames + lost.count);
  return lost.count + found_count - 1;
}

std::uint32_t ImageUnwinder::unwind(const ThreadImage& image, std::uint64_t* frames, std::uint32_t max,
                                    bool& truncated) {
  truncated = true;
  if (max == 0 || !image.registers.knows(Registers::kProgramCounter)) return 0;
  frames[0] = image.registers.value[Registers::kProgramCounter];
  if (impl_->space == nullptr) return 1;
  if (impl_->code.refresh()) {
    impl_->memory.forget_constants();
    impl_->library.flush_cache(impl_->space, 0, 0);
  }
  const Walk walked = impl_->walk(image, frames, max);
  truncated = walked.end != Walk::End::of_stack;
  if (walked.generated != UINT32_MAX) {
    const std::uint32_t count = impl_->go_on_behind_generated_code(image, frames, max, walked);
    truncated = count == walked.generated + 1 || count == max;
    return count;
  }
  if (walked.end != Walk::End::lost || image.registers.knows(Registers::kFramePointer)) return walked.count;
  const std::uint32_t count = impl_->go_on_without_frame_pointer(image, frames, max, walked);
  truncated = count == walked.count || count == max;
  return count;
}

}  // namespace loopscope::stack
