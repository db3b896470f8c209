/* PWM channels, and the ADC with averaging and trim. */
#include "bl_platform.h"
#include "hal.h"

#define PWM_CHANNELS 5

static uint32_t pwm_period[PWM_CHANNELS];

static volatile uint32_t *pwm_regs(unsigned channel)
{
    return (volatile uint32_t *)(0x4000A420u + channel * 0x20u);
}

int hal_pwm_start(unsigned pin, uint32_t hz, float duty)
{
    unsigned channel = pin % PWM_CHANNELS;
    volatile uint32_t *regs = pwm_regs(channel);
    uint32_t divider = 1;

    if (hz == 0 || hz > 1000000u)
        return -1;
    while (hal_clock_hz(3) / divider / hz > 0xFFFFu)
        divider <<= 1;
    pwm_period[channel] = hal_clock_hz(3) / divider / hz;
    regs[0] = divider;
    regs[3] = pwm_period[channel];
    regs[4] = 1u << 5;
    hal_pwm_duty(pin, duty);
    return 0;
}

void hal_pwm_duty(unsigned pin, float duty)
{
    unsigned channel = pin % PWM_CHANNELS;

    if (duty < 0.0f)
        duty = 0.0f;
    if (duty > 100.0f)
        duty = 100.0f;
    pwm_regs(channel)[1] = 0;
    pwm_regs(channel)[2] = (uint32_t)(duty * 0.01f * (float)pwm_period[channel] + 0.5f);
}

int hal_adc_read(unsigned pin)
{
    static const int8_t channels[] = {-1, -1, -1, -1, 1, 0, 8, -1, 6, 7, 2, 3, 4, 5};
    volatile uint32_t *adc = (volatile uint32_t *)0x4000F900u;
    uint32_t sum = 0;

    if (pin >= sizeof channels || channels[pin] < 0)
        return -1;
    adc[0x10 / 4] = (uint32_t)channels[pin] << 7 | 23u << 2;
    for (int i = 0; i < 16; i++) {
        adc[0x0C / 4] |= 1u;
        rom_delay_us(20);
        sum += adc[0] & 0xFFFFu;
    }
    int trim = (int)(rom_efuse_read(8) & 0x1FFu) - 256;
    return (int)(sum >> 8) + trim / 32;
}
