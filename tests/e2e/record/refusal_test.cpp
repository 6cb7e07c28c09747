// What cannot be recorded is refused before it starts, with the reason and a way out.
#include <elf.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/e2e/record/run.h"

namespace loopscope::e2e {
namespace {

namespace fs = std::filesystem;

void expect_refused(const std::vector<std::string>& command, const std::string& reason) {
  Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 125) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err.substr(0, 11), "loopscope: ");
  EXPECT_NE(outcome.err.find(reason), std::string::npos) << outcome.err;
}

TEST(RecordRefuses, AProgramThatIsNotThere) {
  WorkingFolder folder;
  expect_refused(recorded({"no-such-program"}), "not found in PATH");
  expect_refused(recorded({"./no-such-program"}), "No such file");
  EXPECT_TRUE(folder.files().empty());
}

TEST(RecordRefuses, AFileThatIsNotExecutable) {
  WorkingFolder folder;
  std::ofstream("text") << "hello\n";
  expect_refused(recorded({"./text"}), "not executable");
  expect_refused(recorded({"/tmp"}), "is a directory");
}

TEST(RecordRefuses, AStaticProgram) {
  WorkingFolder folder;
  expect_refused(recorded({program("puppet_static"), "exit", "0"}), "statically linked");
}

TEST(RecordRefuses, AProgramForAnotherMachine) {
  WorkingFolder folder;
  fs::copy_file(program("puppet"), "foreign");
  std::fstream file("foreign", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offsetof(Elf64_Ehdr, e_machine));
  file.put(static_cast<char>(EM_RISCV));
  file.close();
  expect_refused(recorded({"./foreign"}), "RISC-V");
}

TEST(RecordRefuses, AScriptWhoseInterpreterIsMissing) {
  WorkingFolder folder;
  std::ofstream("script") << "#!/nowhere/lua\n";
  fs::permissions("script", fs::perms::owner_all);
  expect_refused(recorded({"./script"}), "/nowhere/lua");
}

// Root has to give a copy to somebody else; for anybody else the system's own su is privileged.
TEST(RecordRefuses, ASetuidProgramUnlessTheSystemIgnoresTheBit) {
  WorkingFolder folder;
  std::string name = "/usr/bin/su";
  if (geteuid() == 0) {
    name = "./privileged";
    fs::copy_file(program("puppet"), name);
    ASSERT_EQ(chown(name.c_str(), 65534, 65534), 0);
    ASSERT_EQ(chmod(name.c_str(), 04755), 0);
  }
  struct statvfs system;
  ASSERT_EQ(statvfs(name.c_str(), &system), 0);
  if ((system.f_flag & ST_NOSUID) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
    EXPECT_NE(run(recorded({name, "--help"})).status, 125);
  } else {
    expect_refused(recorded({name, "--help"}), "is setuid");
  }
}

TEST(RecordRefuses, AFolderThatIsNotThere) {
  WorkingFolder folder;
  expect_refused(recorded({program("puppet"), "exit", "0"}, {"-o", "nowhere/t.pb"}), "does not exist");
}

TEST(RecordRefuses, AFolderThatCannotBeWritten) {
  WorkingFolder folder;
  expect_refused(recorded({program("puppet"), "exit", "0"}, {"-o", "/proc/self/t.pb"}), "cannot create");
}

TEST(RecordRefuses, ATraceThatIsAFolderOrDevice) {
  WorkingFolder folder;
  fs::create_directory("t.pb");
  expect_refused(recorded({program("puppet"), "exit", "0"}, {"-o", "t.pb"}), "is a directory");
  expect_refused(recorded({program("puppet"), "exit", "0"}, {"-o", "/dev/null"}), "not a regular file");
}

TEST(RecordRefuses, ArgumentsThatItDoesNotKnow) {
  WorkingFolder folder;
  expect_refused({LOOPSCOPE, "record"}, "program is required");
  expect_refused({LOOPSCOPE, "record", "--"}, "program is required");
  expect_refused({LOOPSCOPE, "record", "--no-such-option", "--", "true"}, "--no-such-option");
  expect_refused({LOOPSCOPE, "record", "--no-such-option", "true"}, "--no-such-option");
  expect_refused({LOOPSCOPE, "record", "--ring-bytes", "5", "--", "true"}, "ring-bytes");
  EXPECT_TRUE(folder.files().empty());
}

}  // namespace
}  // namespace loopscope::e2e
