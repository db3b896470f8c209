// Infrared: receives on a pin by edge interrupts, sends with a carrier. The driver table decides.
extern "C" {
#include "drv_local.h"
}

#include "ir/ir_protocol.h"

namespace {

class Receiver {
  public:
    void start(int pin)
    {
        pin_ = pin;
        hal_gpio_input(static_cast<unsigned>(pin), true);
        hal_gpio_interrupt(static_cast<unsigned>(pin), edge);
    }
    void stop()
    {
        if (pin_ >= 0)
            hal_gpio_interrupt(static_cast<unsigned>(pin_), nullptr);
        pin_ = -1;
    }
    bool poll(ir::Result &result)
    {
        if (count_ < 6 || hal_timer_us() - last_ < 15000)
            return false;
        bool good = ir::decode_any(pulses_, count_, result);
        if (!good && count_ > 12) {
            unknown_++;
            result = ir::Result{};
            result.protocol = "UNKNOWN";
            result.value = hash();
            result.bits = static_cast<uint8_t>(count_ / 2);
            good = true;
        }
        count_ = 0;
        return good;
    }
    unsigned unknown() const { return unknown_; }

  private:
    static void edge(unsigned pin);
    uint32_t hash() const
    {
        uint32_t h = 2166136261u;
        for (size_t i = 2; i < count_; i++) {
            uint32_t before = pulses_[i - 2], now = pulses_[i];
            uint32_t step = now * 5 < before * 4 ? 0 : before * 5 < now * 4 ? 2 : 1;
            h = (h ^ step) * 16777619u;
        }
        return h;
    }
    int pin_ = -1;
    uint32_t last_ = 0;
    size_t count_ = 0;
    unsigned unknown_ = 0;
    uint16_t pulses_[ir::PulseWriter::kMax] = {};
};

Receiver receiver;
ir::PulseWriter writer;
int send_pin = -1;
ir::Result last_result;
unsigned received;

void Receiver::edge(unsigned pin)
{
    uint32_t now = hal_timer_us();
    uint32_t pulse = now - receiver.last_;

    (void)pin;
    receiver.last_ = now;
    if (pulse > 30000) {
        receiver.count_ = 0;
        return;
    }
    if (receiver.count_ < ir::PulseWriter::kMax)
        receiver.pulses_[receiver.count_++] = static_cast<uint16_t>(pulse);
}

void transmit(unsigned khz)
{
    const uint16_t *pulses = writer.pulses();
    uint32_t half = 500u / khz;

    for (size_t i = 0; i < writer.count(); i++) {
        uint32_t start = hal_timer_us();
        while (hal_timer_us() - start < pulses[i]) {
            if (!(i & 1)) {
                hal_gpio_set(static_cast<unsigned>(send_pin), true);
                rom_delay_us(half);
                hal_gpio_set(static_cast<unsigned>(send_pin), false);
                rom_delay_us(half);
            }
        }
    }
}

// IRSend NEC-4-1A, or NEC 4 1A
commandResult_t CMD_IRSend(const void *, const char *, const char *args, int)
{
    char text[64], *part[4];
    int parts = 0;

    strcpy_safe(text, args, sizeof text);
    for (char *p = strtok(text, "- "); p && parts < 4; p = strtok(nullptr, "- "))
        part[parts++] = p;
    if (parts < 3)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    const ir::Protocol *protocol = ir::find(part[0]);
    if (!protocol || send_pin < 0) {
        ADDLOG_ERROR(LOG_FEATURE_IR, "cannot send %s", part[0]);
        return CMD_RES_BAD_ARGUMENT;
    }
    writer.clear();
    if (!protocol->encode(writer, static_cast<uint16_t>(strtoul(part[1], nullptr, 16)),
                          static_cast<uint16_t>(strtoul(part[2], nullptr, 16))))
        return CMD_RES_ERROR;
    for (int repeats = parts > 3 ? atoi(part[3]) : 0; repeats >= 0; repeats--)
        transmit(38);
    return CMD_RES_OK;
}

} // namespace

void DRV_IR_Init(void)
{
    int pin = PIN_FindRole(IOR_IRRecv, 0);

    if (pin >= 0)
        receiver.start(pin);
    send_pin = PIN_FindRole(IOR_IRSend, 0);
    if (send_pin >= 0)
        hal_gpio_output(static_cast<unsigned>(send_pin), false);
    CMD_RegisterCommand("IRSend", CMD_IRSend, nullptr);
}

void DRV_IR_RunFrame(void)
{
    ir::Result result;

    if (!receiver.poll(result))
        return;
    char text[64];
    received++;
    last_result = result;
    snprintf(text, sizeof text, "%s,0x%lX,0x%X,%d", result.protocol, static_cast<unsigned long>(result.value),
             result.command, result.repeat);
    ADDLOG_INFO(LOG_FEATURE_IR, "%s", text);
    MQTT_PublishMain("ir", text, 0);
}

void DRV_IR_Stop(void)
{
    receiver.stop();
}

void DRV_IR_AppendInformation(http_request_t *request)
{
    hprintf(request, "<h5>IR: %u received, %u unknown", received, receiver.unknown());
    if (last_result.protocol)
        hprintf(request, ", last %s address 0x%X command 0x%X", last_result.protocol, last_result.address,
                last_result.command);
    poststr(request, "</h5>");
}
