#include <nlohmann/json.hpp>

#include "viewer/report/stall_profiles.h"

namespace loopscope::report {
namespace {

using Json = nlohmann::ordered_json;

double microseconds(Nanos ns) { return static_cast<double>(ns) / kMicrosecond; }

Json frame_json(const ProfileFrame& frame) {
  Json json{{"name", frame.name}};
  if (!frame.file.empty()) json["file"] = frame.file;
  if (frame.line != 0) json["line"] = frame.line;
  return json;
}

Json profile_json(const Profile& profile) {
  Json samples = Json::array();
  Json weights = Json::array();
  Nanos sum = 0;
  for (const ProfileSample& sample : profile.samples) {
    samples.push_back(sample.stack);
    weights.push_back(microseconds(sample.weight));
    sum = add_saturating(sum, sample.weight);
  }
  // Between stalls nothing was sampled: the profile is as long as its samples, not as the trace.
  return {{"type", "sampled"},
          {"name", profile.name},
          {"unit", "microseconds"},
          {"startValue", 0},
          {"endValue", microseconds(sum)},
          {"samples", std::move(samples)},
          {"weights", std::move(weights)}};
}

}  // namespace

std::string speedscope_text(const StallProfiles& profiles, const std::string& name) {
  Json frames = Json::array();
  for (const ProfileFrame& frame : profiles.frames) frames.push_back(frame_json(frame));
  Json all = Json::array();
  for (const Profile& profile : profiles.profiles) all.push_back(profile_json(profile));
  Json shared = Json::object();
  shared["frames"] = std::move(frames);
  Json json;
  json["$schema"] = "https://www.speedscope.app/file-format-schema.json";
  json["shared"] = std::move(shared);
  json["profiles"] = std::move(all);
  json["name"] = name;
  json["activeProfileIndex"] = 0;
  json["exporter"] = "loopscope";
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace loopscope::report
