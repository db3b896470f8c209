// Reading and writing of pulse trains.
#include "ir_protocol.h"

namespace ir {

bool PulseReader::match(uint32_t expected, unsigned tolerance, unsigned parity)
{
    if (at_ >= count_ || (at_ & 1) != parity)
        return false;
    uint32_t measured = pulses_[at_];
    // receivers make marks longer and spaces shorter
    measured = parity ? measured + 50 : (measured > 50 ? measured - 50 : 0);
    uint32_t slack = expected * tolerance / 100;
    if (measured + slack < expected || measured > expected + slack)
        return false;
    at_++;
    return true;
}

void PulseWriter::bits(const Timing &timing, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned shift = timing.lsb_first ? i : count - 1 - i;
        mark(timing.bit_mark);
        space(value >> shift & 1 ? timing.one_space : timing.zero_space);
    }
}

uint64_t reverse_bits(uint64_t value, unsigned count)
{
    uint64_t result = 0;

    while (count--) {
        result = result << 1 | (value & 1);
        value >>= 1;
    }
    return result;
}

} // namespace ir
