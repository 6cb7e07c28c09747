#include "viewer/report/junit_report.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/base/units.h"
#include "viewer/detect/detectors.h"
#include "viewer/report/finding_text.h"
#include "viewer/report/markup.h"
#include "viewer/report/summary.h"

namespace loopscope::report {
namespace {

using detect::Finding;

// A line feed in an attribute would be read as a blank.
std::string attribute(std::string_view text) {
  std::string value;
  for (const char c : escaped(text)) value += c == '\n' ? "&#10;" : std::string(1, c);
  return value;
}

std::string seconds_text(Nanos ns) { return fmt::format("{:.3f}", to_ms(std::max<Nanos>(ns, 0)) / 1e3); }

std::string heading(const Finding& finding) {
  return fmt::format("{}{}: {}", detect::name_of(finding.severity), finding.candidate ? " candidate" : "",
                     finding.title);
}

// One failure element with all that fails: some readers take only the first.
std::string test_case(const Contents& contents, std::string_view classname, const detect::Detector& detector,
                      const Fails& fails, bool& failed) {
  std::vector<const Finding*> failing;
  std::string notes;
  for (const Finding& finding : contents.findings) {
    if (finding.detector != detector.id) continue;
    if (fails(finding))
      failing.push_back(&finding);
    else
      notes += heading(finding) + "\n" + details_text(contents.trace, finding) + "\n";
  }
  failed = !failing.empty();
  std::string xml = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"", attribute(classname),
                                attribute(detector.id));
  const model::Frame* at = failed ? frame_of(contents.trace, *failing.front()) : nullptr;
  if (at != nullptr && !at->file.empty())
    xml += fmt::format(" file=\"{}\" line=\"{}\"", attribute(at->file), at->line);
  if (!failed && notes.empty()) return xml + "/>\n";
  xml += ">\n";
  if (failed) {
    std::string message = heading(*failing.front());
    if (failing.size() > 1) message += fmt::format(" (and {} more)", failing.size() - 1);
    xml += fmt::format("      <failure type=\"{}\" message=\"{}\">",
                       detect::name_of(failing.front()->severity), attribute(message));
    for (const Finding* finding : failing)
      xml += escaped(heading(*finding) + "\n" + details_text(contents.trace, *finding) + "\n");
    xml += "</failure>\n";
  }
  if (!notes.empty()) xml += "      <system-out>" + escaped(notes) + "</system-out>\n";
  return xml + "    </testcase>\n";
}

std::string suite_head(std::string_view name, const JunitSuite& suite, Nanos duration,
                       const std::string& started) {
  std::string xml = fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" time=\"{}\"",
      attribute(name), suite.tests, suite.failures, suite.errors, seconds_text(duration));
  if (!started.empty()) xml += " timestamp=\"" + attribute(started) + "\"";
  return xml + ">\n";
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", attribute(name), attribute(value));
}

}  // namespace

JunitSuite junit_suite(const Contents& contents, const Fails& fails) {
  const model::Trace& trace = contents.trace;
  const std::string program = program_name(trace.process).empty() ? "program" : program_name(trace.process);
  JunitSuite suite;
  std::string cases;
  for (const detect::Detector& detector : detect::all_detectors()) {
    bool failed = false;
    cases += test_case(contents, "loopscope." + program, detector, fails, failed);
    ++suite.tests;
    suite.failures += failed;
  }
  // Of this form only: readers are strict about it, and take it for UTC.
  const std::string started = utc_text(trace.process.started_at_unix_ns).substr(0, 19);
  suite.xml = suite_head(program, suite, trace.duration(), started) + "    <properties>\n" +
              property("trace", trace.path) + property("verdict", contents.verdict.headline) +
              property("status", detect::name_of(contents.verdict.status)) +
              property("lost events", count_text(trace.integrity.lost_events)) + "    </properties>\n" +
              cases + "  </testsuite>\n";
  return suite;
}

JunitSuite junit_error(const std::string& path, const std::string& error) {
  JunitSuite suite{"", 1, 0, 1};
  suite.xml = suite_head(path, suite, 0, "") +
              fmt::format(
                  "    <testcase classname=\"loopscope\" name=\"read the trace\" time=\"0\">\n"
                  "      <error type=\"unreadable\" message=\"{}\"/>\n    </testcase>\n",
                  attribute(error)) +
              "  </testsuite>\n";
  return suite;
}

std::string junit_report(std::span<const JunitSuite> suites) {
  JunitSuite sum;
  for (const JunitSuite& suite : suites) {
    sum.xml += suite.xml;
    sum.tests += suite.tests;
    sum.failures += suite.failures;
    sum.errors += suite.errors;
  }
  return fmt::format(
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<testsuites name=\"loopscope\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
             sum.tests, sum.failures, sum.errors) +
         sum.xml + "</testsuites>\n";
}

}  // namespace loopscope::report
