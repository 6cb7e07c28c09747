// Packets of what the watchdog saw and a check of references found. Writer thread and recovery; the records may be damaged in the second case.
#pragma once

#include <cstddef>

#include "agent/record/definitions.h"
#include "agent/record/observations.h"
#include "agent/write/packet.h"

namespace loopscope::write {

// True if records of this kind are made packets of here.
bool is_observation(record::DefinitionKind kind);

// Leaves out what does not fit its own length.
void append_observation(PacketStream& packets, record::DefinitionKind kind, const unsigned char* payload,
                        std::size_t bytes);

// Why a check of references proved nothing; "" if it proved something.
const char* words_of(record::ReachTrouble trouble);

}  // namespace loopscope::write
