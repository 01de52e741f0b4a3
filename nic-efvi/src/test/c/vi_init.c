/* A struct ef_vi from nothing: the functions that lay its rings over memory that somebody else owns. */
#include <errno.h>
#include <string.h>

#include "card_hooks.h"

const char* ef_vi_version_str(void) { return VERSION_TEXT; }
const char* ef_vi_driver_interface_str(void) { return "double of libciul, no driver"; }

int ef_vi_calc_state_bytes(int rx_count, int tx_count) {
  return (int)sizeof(ef_vi_state) + (rx_count + tx_count) * (int)sizeof(ef_request_id);
}

/* Clears the whole struct: a caller learns its size from that. */
int ef_vi_init(ef_vi* vi, int arch, int variant, int revision, ef_vi_flags flags, uint8_t nic_flags, ef_vi_state* state) {
  (void)variant;
  (void)revision;
  (void)nic_flags;
  memset(vi, 0, sizeof *vi);
  if (arch != ARCH_EF10) return -EINVAL;
  vi->flags = (uint32_t)flags;
  vi->rx_buffer_len = RX_BUFFER_LEN;
  ef10_set_discards(vi, MASK_DEFAULT);
  vi->ep_state = state;
  vi->ops = ef10_ops;
  vi->inited = 1;
  return 0;
}

void ef_vi_init_io(ef_vi* vi, void* io) { vi->io = io; }

void ef_vi_init_evq(ef_vi* vi, int count, void* ring, unsigned max_interval) {
  (void)max_interval;
  vi->evq = ring;
  vi->evq_mask = (uint32_t)count - 1;
}

void ef_vi_init_rxq(ef_vi* vi, int count, void* ring, void* ids, int prefix) {
  vi->rxq = ring;
  vi->rx_ids = ids;
  vi->rxq_mask = count > 0 ? (uint32_t)count - 1 : 0;
  vi->rx_prefix_len = (uint32_t)prefix;
}

void ef_vi_init_txq(ef_vi* vi, int count, void* ring, void* ids) {
  vi->txq = ring;
  vi->tx_ids = ids;
  vi->txq_mask = count > 0 ? (uint32_t)count - 1 : 0;
}

void ef_vi_init_state(ef_vi* vi) {
  memset(vi->ep_state, 0, sizeof *vi->ep_state);
  if (vi->rxq) memset(vi->rx_ids, 0xff, (vi->rxq_mask + 1) * sizeof(ef_request_id));
  if (vi->txq) memset(vi->tx_ids, 0xff, (vi->txq_mask + 1) * sizeof(ef_request_id));
}

/* The label in a hardware event is the position here. */
int ef_vi_add_queue(ef_vi* evq_vi, ef_vi* vi) {
  if (evq_vi->queue_count == MAX_QUEUES_PER_EVQ) return -EBUSY;
  vi->label = evq_vi->queue_count;
  vi->evq_vi = evq_vi;
  evq_vi->queues[evq_vi->queue_count++] = vi;
  return (int)vi->label;
}

int ef_vi_receive_query_layout(ef_vi* vi, const ef_vi_layout_entry** out, int* count) {
  static const ef_vi_layout_entry with_prefix[] = {
      {0, RX_PREFIX, "Ethernet frame"}, {6, 8, "packet length"}, {1, 10, "hardware timestamp"}};
  static const ef_vi_layout_entry without_prefix[] = {{0, 0, "Ethernet frame"}};
  *out = vi->rx_prefix_len ? with_prefix : without_prefix;
  *count = vi->rx_prefix_len ? 3 : 1;
  return 0;
}

int ef_vi_receive_get_bytes(ef_vi* vi, const void* packet, uint16_t* bytes) {
  if (vi->rx_prefix_len == 0) return -EINVAL;
  memcpy(bytes, (const uint8_t*)packet + 8, sizeof *bytes);
  return 0;
}
