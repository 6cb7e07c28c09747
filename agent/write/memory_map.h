// This process's memory map, as the kernel tells it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loopscope::write {

// The text of /proc/self/maps; "" if it cannot be had. Costs some 50 us.
std::string memory_map();

// Where the readable and writable mapping begins that `address` is in; 0 if it is in none.
std::uintptr_t beginning_of_mapping(std::string_view map, std::uintptr_t address);

}  // namespace loopscope::write
