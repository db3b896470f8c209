// Infrared protocols: what a pulse train means, and how to make one.
#ifndef IR_PROTOCOL_H
#define IR_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

namespace ir {

struct Timing {
    uint16_t header_mark, header_space;
    uint16_t bit_mark, one_space, zero_space;
    uint16_t trailer_mark;
    uint32_t gap;
    uint8_t bits;
    uint8_t tolerance; // per cent
    bool lsb_first;
    uint8_t carrier_khz;
};

struct Result {
    const char *protocol;
    uint64_t value;
    uint16_t address;
    uint16_t command;
    uint8_t bits;
    bool repeat;
};

class PulseReader {
  public:
    PulseReader(const uint16_t *pulses, size_t count) : pulses_(pulses), count_(count), at_(0) {}
    bool mark(uint32_t expected, unsigned tolerance) { return match(expected, tolerance, 0); }
    bool space(uint32_t expected, unsigned tolerance) { return match(expected, tolerance, 1); }
    uint32_t peek() const { return at_ < count_ ? pulses_[at_] : 0; }
    uint32_t next() { return at_ < count_ ? pulses_[at_++] : 0; }
    bool done() const { return at_ >= count_; }
    size_t left() const { return count_ - at_; }
    void rewind() { at_ = 0; }

  private:
    bool match(uint32_t expected, unsigned tolerance, unsigned parity);
    const uint16_t *pulses_;
    size_t count_;
    size_t at_;
};

class PulseWriter {
  public:
    static constexpr size_t kMax = 280;
    void mark(uint32_t us) { add(us); }
    void space(uint32_t us) { add(us); }
    void bits(const Timing &timing, uint64_t value, unsigned count);
    void clear() { count_ = 0; }
    const uint16_t *pulses() const { return pulses_; }
    size_t count() const { return count_; }

  private:
    void add(uint32_t us)
    {
        if (count_ < kMax)
            pulses_[count_++] = us > 0xFFFF ? 0xFFFF : static_cast<uint16_t>(us);
    }
    uint16_t pulses_[kMax];
    size_t count_ = 0;
};

class Protocol {
  public:
    constexpr explicit Protocol(const char *name) : name_(name) {}
    const char *name() const { return name_; }
    virtual bool decode(PulseReader &reader, Result &result) const = 0;
    virtual bool encode(PulseWriter &writer, uint16_t address, uint16_t command) const = 0;

  protected:
    ~Protocol() = default;

  private:
    const char *name_;
};

const Protocol *find(const char *name);
bool decode_any(const uint16_t *pulses, size_t count, Result &result);

uint64_t reverse_bits(uint64_t value, unsigned count);

} // namespace ir

#endif
