/* The card's clockwork: what one run does, faults on request, and the end of everything. */
#include <errno.h>
#include <stdlib.h>

#include "driver.h"

uint64_t ticks;
int automatic;

static int running; /* a wake-up or an event inside a run must not start another one */

static int send_all(int budget) {
  int done = 0, before;
  do { /* a few frames of each VI in turn */
    before = done;
    for (int i = 0; i < card_vi_count() && done < budget; i++) {
      struct card_vi* cv = card_vi_at(i);
      if (cv->txq) done += transmit_run(cv, budget - done < 8 ? budget - done : 8);
    }
  } while (done != before && done < budget);
  return done;
}

static void arrive(struct port* p, struct frame* f) {
  if (nth(p, CARD_RX_DROP_NTH, &p->rx_seen)) {
    p->count[CARD_RX_DROPPED]++;
  } else if (f->bad_fcs) {
    p->count[CARD_RX_BAD_FCS]++;
  } else if (f->length > (uint32_t)p->mtu + 18) { /* header and one VLAN tag */
    p->count[CARD_RX_OVER_MTU]++;
  } else {
    struct card_vi* cv = filter_match(p, f);
    if (!cv) {
      port_to_kernel(p, f);
      return;
    }
    receive_frame(cv, f);
  }
  free(f);
}

int card_run(int budget) {
  CARD_LOCKED;
  if (running) return 0;
  running = 1;
  ticks++;
  int done = send_all(budget);
  for (int i = 0; i < port_count; i++) {
    done += port_pump_taps(ports[i], budget);
    for (int n = 0; n < budget && ports[i]->arriving.head; n++, done++) arrive(ports[i], frame_next(&ports[i]->arriving));
  }
  for (int i = 0; i < card_vi_count(); i++) {
    struct card_vi* cv = card_vi_at(i);
    receive_flush(cv);
    transmit_complete(cv);
  }
  running = 0;
  return done;
}

void card_auto_run(void) {
  if (automatic) card_run(port_count ? (int)ports[0]->knob[CARD_AUTO_BUDGET] : 0);
}

void card_auto(int on) {
  CARD_LOCKED;
  automatic = on;
}

uint64_t card_tick(void) {
  CARD_LOCKED;
  return ticks;
}

int card_vi_fault(const void* vi, int fault, int argument) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv || cv->state != VI_ALIVE) return -EINVAL;
  switch (fault) {
    case CARD_FAULT_RESET:
      receive_flush(cv);
      event_write(cv, (uint64_t)HW_OWN_DRIVER << 60 | (uint64_t)HW_DRIVER_RESET << 56);
      cv->state = VI_DEAD;
      return 0;
    case CARD_FAULT_OFLOW:
      cv->evq_owner->overflow_ordered = cv->evq_owner->overflowed = 1;
      cv->port->count[CARD_EVQ_OVERFLOWS]++;
      cv->state = VI_DEAD;
      card_wake(cv->evq_owner);
      return 0;
    case CARD_FAULT_NO_DESC:
      cv->port->count[CARD_RX_NO_DESC]++;
      receive_no_desc(cv);
      return 0;
    case CARD_FAULT_SW:
      event_write(cv, (uint64_t)HW_OWN_DRIVER << 60 | (uint64_t)HW_DRIVER_SW << 56 | (uint64_t)(argument & 0xffff));
      return 0;
    case CARD_FAULT_TX_ERROR:
      if (argument < 0 || argument > 3) return -EINVAL;
      cv->tx_error = argument + 1;
      return 0;
    case CARD_FAULT_DISCARD:
      if (argument < 0 || argument > 7) return -EINVAL;
      cv->discard_next = argument + 1;
      return 0;
    case CARD_FAULT_STALL:
      cv->stalled = argument;
      return 0;
    default:
      return -EINVAL;
  }
}

int card_vi_event(const void* vi, uint64_t w0, uint64_t w1) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv || !cv->evq) return -EINVAL;
  if (cv->raw_count == 64) return -ENOSPC;
  cv->raw[(cv->raw_first + cv->raw_count++) % 64] = (ef_event){w0, w1};
  card_wake(cv);
  return 0;
}

int card_vi_ring(const void* vi, int ring) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv) return -EINVAL;
  switch (ring) {
    case CARD_RX_SIZE: return (int)cv->rxq_size;
    case CARD_TX_SIZE: return (int)cv->txq_size;
    case CARD_EVQ_SIZE: return (int)cv->evq_size;
    case CARD_RX_POSTED: return (int)(cv->rx_posted - cv->rx_taken);
    case CARD_TX_WAITING: return (int)(cv->tx_posted - cv->tx_sent);
    case CARD_TX_UNFINISHED: return (int)(cv->tx_posted - cv->tx_completed);
    default: return -EINVAL;
  }
}

void card_reset(void) {
  CARD_LOCKED;
  filters_reset();
  vis_reset();
  driver_reset();
  pages_reset();
  ports_reset();
  forced_reset();
  automatic = 0;
  ticks = 0;
  card_misuse_clear();
}
