// A library to be loaded and unloaded, with code and unwind tables of its own.
extern "C" int loopscope_test_loaded(int number) { return number * 101; }
