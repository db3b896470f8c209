/* Pins: direction, pull, level and edge interrupts. */
#include "bl_platform.h"
#include "hal.h"

#define GLB 0x40000000u
#define PINS 23

static void (*gpio_handlers[PINS])(unsigned pin);
static bool gpio_irq_ready;

static volatile uint32_t *gpio_config(unsigned pin)
{
    return (volatile uint32_t *)(GLB + 0x100u + (pin / 2) * 4);
}

static void gpio_setup(unsigned pin, uint32_t bits)
{
    unsigned shift = (pin & 1u) * 16;
    uint32_t value = *gpio_config(pin);

    value &= ~(0xFFFFu << shift);
    value |= (bits & 0xFFFFu) << shift;
    *gpio_config(pin) = value;
}

void hal_gpio_output(unsigned pin, bool level)
{
    if (pin >= PINS)
        return;
    gpio_setup(pin, 11u << 8);
    *(volatile uint32_t *)(GLB + 0x190u) |= 1u << pin;
    hal_gpio_set(pin, level);
}

void hal_gpio_set(unsigned pin, bool level)
{
    volatile uint32_t *output = (volatile uint32_t *)(GLB + 0x188u);

    if (level)
        *output |= 1u << pin;
    else
        *output &= ~(1u << pin);
}

bool hal_gpio_input(unsigned pin, bool pull_up)
{
    if (pin >= PINS)
        return false;
    gpio_setup(pin, 11u << 8 | 1u | (pull_up ? 1u << 4 : 1u << 5));
    return hal_gpio_get(pin);
}

bool hal_gpio_get(unsigned pin)
{
    return (*(volatile uint32_t *)(GLB + 0x180u) >> pin) & 1u;
}

static void gpio_irq(void *unused)
{
    uint32_t pending = *(volatile uint32_t *)(GLB + 0x1A8u);

    (void)unused;
    *(volatile uint32_t *)(GLB + 0x1B0u) = pending;
    for (unsigned pin = 0; pending; pin++, pending >>= 1)
        if ((pending & 1u) && pin < PINS && gpio_handlers[pin])
            gpio_handlers[pin](pin);
    *(volatile uint32_t *)(GLB + 0x1B0u) = 0;
}

int hal_gpio_interrupt(unsigned pin, void (*handler)(unsigned pin))
{
    if (pin >= PINS)
        return -1;
    gpio_handlers[pin] = handler;
    if (!gpio_irq_ready) {
        gpio_irq_ready = true;
        irq_attach(44, gpio_irq, NULL);
        irq_enable(44);
    }
    *(volatile uint32_t *)(GLB + 0x1C0u + pin / 10 * 4) |= 2u << pin % 10 * 3;
    *(volatile uint32_t *)(GLB + 0x1A0u) &= ~(1u << pin);
    return 0;
}
