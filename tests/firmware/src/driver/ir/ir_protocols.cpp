// Protocols whose bits are told by the length of a space, and those that are not.
#include "ir_protocol.h"

#include <string.h>

namespace ir {

namespace {

// name, header, bits, trailer and gap of remote controls that differ only in numbers
class SpaceCoded : public Protocol {
  public:
    enum Layout : uint8_t { Plain, ComplementCommand, ComplementBoth, Wide };
    constexpr SpaceCoded(const char *name, const Timing &timing, Layout layout)
        : Protocol(name), timing_(timing), layout_(layout)
    {
    }

    bool decode(PulseReader &reader, Result &result) const override
    {
        uint64_t value = 0;

        if (!reader.mark(timing_.header_mark, timing_.tolerance))
            return false;
        if (!reader.space(timing_.header_space, timing_.tolerance)) {
            if (layout_ == Plain || !reader.space(timing_.header_space / 2, timing_.tolerance))
                return false;
            result.repeat = true;
            return reader.mark(timing_.trailer_mark, timing_.tolerance);
        }
        for (unsigned i = 0; i < timing_.bits; i++) {
            if (!reader.mark(timing_.bit_mark, timing_.tolerance))
                return false;
            uint64_t bit;
            if (reader.space(timing_.one_space, timing_.tolerance))
                bit = 1;
            else if (reader.space(timing_.zero_space, timing_.tolerance) || (reader.done() && i + 1 == timing_.bits))
                bit = 0;
            else
                return false;
            value = timing_.lsb_first ? value | bit << i : value << 1 | bit;
        }
        if (timing_.trailer_mark && !reader.done() && !reader.mark(timing_.trailer_mark, timing_.tolerance))
            return false;
        result.value = value;
        result.bits = timing_.bits;
        return split(value, result);
    }

    bool encode(PulseWriter &writer, uint16_t address, uint16_t command) const override
    {
        writer.mark(timing_.header_mark);
        writer.space(timing_.header_space);
        writer.bits(timing_, join(address, command), timing_.bits);
        if (timing_.trailer_mark)
            writer.mark(timing_.trailer_mark);
        writer.space(timing_.gap);
        return true;
    }

  private:
    bool split(uint64_t value, Result &result) const
    {
        switch (layout_) {
        case ComplementBoth:
            if (((value ^ value >> 8) & 0xFF) != 0xFF)
                return false;
            result.address = value & 0xFF;
            result.command = value >> 16 & 0xFF;
            return ((value >> 16 ^ value >> 24) & 0xFF) == 0xFF;
        case ComplementCommand:
            result.address = value & 0xFFFF;
            result.command = value >> 16 & 0xFF;
            return ((value >> 16 ^ value >> 24) & 0xFF) == 0xFF;
        case Wide:
            result.address = value & 0xFFFF;
            result.command = value >> 32 & 0xFFFF;
            return (value >> 20 & 0xFFF) == ((value >> 4 ^ value >> 8) & 0xFFF) || result.address;
        default:
            result.address = value & 0xFF;
            result.command = static_cast<uint16_t>(value >> 8);
            return true;
        }
    }

    uint64_t join(uint16_t address, uint16_t command) const
    {
        uint64_t a = address, c = command;

        switch (layout_) {
        case ComplementBoth:
            return (a & 0xFF) | (~a & 0xFF) << 8 | (c & 0xFF) << 16 | (~c & 0xFF) << 24;
        case ComplementCommand:
            return a | (c & 0xFF) << 16 | (~c & 0xFF) << 24;
        case Wide:
            return a | (a ^ a >> 4) << 16 | c << 32;
        default:
            return (a & 0xFF) | c << 8;
        }
    }

    Timing timing_;
    Layout layout_;
};

// lengths of marks, three sizes
class MarkCoded : public Protocol {
  public:
    constexpr MarkCoded(const char *name, uint8_t bits, uint8_t command_bits)
        : Protocol(name), bits_(bits), command_bits_(command_bits)
    {
    }

    bool decode(PulseReader &reader, Result &result) const override
    {
        uint32_t value = 0;

        if (!reader.mark(2400, 20) || !reader.space(600, 25))
            return false;
        for (unsigned i = 0; i < bits_; i++) {
            if (reader.mark(1200, 25))
                value |= 1u << i;
            else if (!reader.mark(600, 25))
                return false;
            if (!reader.done() && !reader.space(600, 30))
                return i + 1 == bits_;
        }
        result.value = value;
        result.bits = bits_;
        result.command = static_cast<uint16_t>(value & ((1u << command_bits_) - 1));
        result.address = static_cast<uint16_t>(value >> command_bits_);
        return true;
    }

    bool encode(PulseWriter &writer, uint16_t address, uint16_t command) const override
    {
        uint32_t value = static_cast<uint32_t>(address) << command_bits_ | (command & ((1u << command_bits_) - 1));

        writer.mark(2400);
        for (unsigned i = 0; i < bits_; i++) {
            writer.space(600);
            writer.mark(value >> i & 1 ? 1200 : 600);
        }
        writer.space(25000);
        return true;
    }

  private:
    uint8_t bits_, command_bits_;
};

//                                   header      mark one   zero  trail gap   bits tol lsb  kHz
constexpr Timing kNec =            {9000, 4500, 560, 1690, 560, 560, 40000, 32, 25, true, 38};
constexpr Timing kSamsung =        {4500, 4500, 560, 1690, 560, 560, 47000, 32, 25, true, 38};
constexpr Timing kLg =             {8500, 4250, 550, 1600, 550, 550, 40000, 28, 25, false, 38};
constexpr Timing kJvc =            {8400, 4200, 525, 1725, 525, 525, 26000, 16, 25, true, 38};
constexpr Timing kPanasonic =      {3456, 1728, 432, 1296, 432, 432, 74000, 48, 25, true, 37};
constexpr Timing kSharp =          {320, 680, 320, 1680, 680, 320, 40000, 15, 20, true, 38};
constexpr Timing kDenon =          {275, 775, 275, 1900, 775, 275, 43000, 15, 20, true, 38};
constexpr Timing kPioneer =        {8500, 4225, 500, 1500, 500, 500, 25500, 32, 25, true, 40};

const SpaceCoded nec("NEC", kNec, SpaceCoded::ComplementCommand);
const SpaceCoded nec_strict("NEC8", kNec, SpaceCoded::ComplementBoth);
const SpaceCoded samsung("SAMSUNG", kSamsung, SpaceCoded::ComplementCommand);
const SpaceCoded lg("LG", kLg, SpaceCoded::Plain);
const SpaceCoded jvc("JVC", kJvc, SpaceCoded::Plain);
const SpaceCoded panasonic("PANASONIC", kPanasonic, SpaceCoded::Wide);
const SpaceCoded sharp("SHARP", kSharp, SpaceCoded::Plain);
const SpaceCoded denon("DENON", kDenon, SpaceCoded::Plain);
const SpaceCoded pioneer("PIONEER", kPioneer, SpaceCoded::ComplementBoth);
const MarkCoded sony12("SONY12", 12, 7);
const MarkCoded sony15("SONY15", 15, 7);
const MarkCoded sony20("SONY20", 20, 7);

const Protocol *const all[] = {
    &nec_strict, &nec, &samsung, &lg, &jvc, &panasonic, &sharp, &denon, &pioneer, &sony20, &sony15, &sony12,
};

} // namespace

const Protocol *find(const char *name)
{
    for (const Protocol *p : all)
        if (strcmp(p->name(), name) == 0)
            return p;
    return nullptr;
}

bool decode_any(const uint16_t *pulses, size_t count, Result &result)
{
    for (const Protocol *p : all) {
        PulseReader reader(pulses, count);
        result = Result{};
        if (p->decode(reader, result)) {
            result.protocol = p->name();
            return true;
        }
    }
    return false;
}

} // namespace ir
