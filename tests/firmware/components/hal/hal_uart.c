/* UART with a receive ring filled by interrupt. */
#include "bl_platform.h"
#include "hal.h"

#define UART_PORTS 2
#define UART_RING 256

struct uart_regs {
    volatile uint32_t tx_config, rx_config, bit_period, data_config;
    volatile uint32_t ir_position, ir_timing, rx_timeout, reserved;
    volatile uint32_t int_status, int_mask, int_clear, int_enable;
    volatile uint32_t status[20];
    volatile uint32_t fifo_config0, fifo_config1, fifo_write, fifo_read;
};

struct uart_ring {
    uint8_t bytes[UART_RING];
    volatile uint16_t head, tail;
    uint32_t overruns;
};

static struct uart_ring uart_rings[UART_PORTS];

static struct uart_regs *uart_regs(unsigned port)
{
    return (struct uart_regs *)(0x4000A000u + port * 0x100u);
}

static void uart_irq(void *context)
{
    unsigned port = (unsigned)(uintptr_t)context;
    struct uart_regs *regs = uart_regs(port);
    struct uart_ring *ring = &uart_rings[port];

    while (regs->fifo_config1 & 0x3F00u) {
        uint8_t byte = (uint8_t)regs->fifo_read;
        uint16_t next = (uint16_t)((ring->head + 1u) % UART_RING);
        if (next == ring->tail) {
            ring->overruns++;
        } else {
            ring->bytes[ring->head] = byte;
            ring->head = next;
        }
    }
    regs->int_clear = 0xFFu;
}

void hal_uart_init(unsigned port, uint32_t baud)
{
    if (port >= UART_PORTS)
        return;
    struct uart_regs *regs = uart_regs(port);
    uint32_t period = (hal_clock_hz(1) + baud / 2) / baud - 1;
    regs->bit_period = period << 16 | period;
    regs->data_config = 0;
    regs->tx_config = 0x0F05u;
    regs->rx_config = 0x0701u;
    regs->fifo_config1 = 15u << 24 | 7u << 16;
    regs->int_mask = ~(1u << 3);
    regs->int_enable = 1u << 3;
    irq_attach(29 + port, uart_irq, (void *)(uintptr_t)port);
    irq_enable(29 + port);
}

void hal_uart_putc(unsigned port, char c)
{
    struct uart_regs *regs = uart_regs(port);

    while ((regs->fifo_config1 & 0x3Fu) == 0)
        ;
    regs->fifo_write = (uint8_t)c;
}

int hal_uart_getc(unsigned port)
{
    struct uart_ring *ring = &uart_rings[port];

    if (ring->head == ring->tail)
        return -1;
    uint8_t byte = ring->bytes[ring->tail];
    ring->tail = (uint16_t)((ring->tail + 1u) % UART_RING);
    return byte;
}

size_t hal_uart_read(unsigned port, uint8_t *to, size_t length)
{
    size_t count = 0;

    while (count < length) {
        int c = hal_uart_getc(port);
        if (c < 0)
            break;
        to[count++] = (uint8_t)c;
    }
    return count;
}

void hal_uart_write(unsigned port, const uint8_t *from, size_t length)
{
    while (length--)
        hal_uart_putc(port, (char)*from++);
}
