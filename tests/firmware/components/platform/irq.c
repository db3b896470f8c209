/* Interrupt controller: a table of handlers, dispatched from RAM so that flash may be busy. */
#include "bl_platform.h"

#define CLIC_ENABLE ((volatile uint8_t *)0x02800400u)
#define CLIC_PENDING ((volatile uint8_t *)0x02800000u)
#define IRQ_COUNT 64
#define IRQ_FIRST 16

struct irq_slot {
    irq_handler_t handler;
    void *context;
};

static struct irq_slot irq_slots[IRQ_COUNT];
static uint32_t irq_spurious;

int irq_attach(unsigned number, irq_handler_t handler, void *context)
{
    if (number >= IRQ_COUNT)
        return -1;
    irq_slots[number].context = context;
    irq_slots[number].handler = handler;
    return 0;
}

void irq_enable(unsigned number)
{
    CLIC_ENABLE[number + IRQ_FIRST] = 1;
}

void irq_disable(unsigned number)
{
    CLIC_ENABLE[number + IRQ_FIRST] = 0;
}

TCM_SECTION("irq_dispatch") void irq_dispatch(void)
{
    for (unsigned n = 0; n < IRQ_COUNT; n++) {
        if (!CLIC_PENDING[n + IRQ_FIRST])
            continue;
        if (irq_slots[n].handler)
            irq_slots[n].handler(irq_slots[n].context);
        else
            irq_spurious++;
        CLIC_PENDING[n + IRQ_FIRST] = 0;
    }
}
