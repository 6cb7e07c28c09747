# `loopscope record`: a library, so that its tests can look inside. Included by this folder's CMakeLists.txt.
find_package(CLI11 REQUIRED)
file(RELATIVE_PATH lib_from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})

add_library(loopscope_record STATIC
  ${CMAKE_CURRENT_LIST_DIR}/record.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_arguments.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_child.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_elf.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_environment.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_finish.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_leftovers.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_library.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_live_line.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_place.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_recover.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_summary.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_survivors.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_target.cpp
  ${CMAKE_CURRENT_LIST_DIR}/record_traces.cpp
  ${CMAKE_CURRENT_LIST_DIR}/shell_quote.cpp)
target_compile_definitions(loopscope_record PRIVATE LOOPSCOPE_LIB_FROM_BIN="${lib_from_bin}")
target_link_libraries(loopscope_record PUBLIC loopscope_base
  PRIVATE loopscope_trace loopscope_symbols loopscope_recover CLI11::CLI11 loopscope_warnings)
