// MPI by functions: its handles are macros of casts, which Swift does not see. pkg-config gives the folder of mpi.h.
#include <mpi.h>

// The tags of what ranks send.
static const int REFRAIN_MPI_FLOATS = 1, REFRAIN_MPI_BYTES = 2, REFRAIN_MPI_NOTES = 3;

// Begins MPI; only the calling thread may call it from then on. Returns the number of ranks, below 0 on an error.
static inline int refrain_mpi_begin(int *rank) {
  int provided = 0, ranks = 0;
  if (MPI_Init_thread(0, 0, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS || provided < MPI_THREAD_FUNNELED) return -1;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (MPI_Comm_rank(MPI_COMM_WORLD, rank) != MPI_SUCCESS || MPI_Comm_size(MPI_COMM_WORLD, &ranks) != MPI_SUCCESS) return -1;
  return ranks;
}

static inline int refrain_mpi_end(void) { return MPI_Finalize(); }

static inline void refrain_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

// Begins to send, or to receive, n floats, and returns an error code of MPI.
static inline int refrain_mpi_send_floats(const float *from, int n, int peer, MPI_Request *request) {
  return MPI_Isend(from, n, MPI_FLOAT, peer, REFRAIN_MPI_FLOATS, MPI_COMM_WORLD, request);
}

static inline int refrain_mpi_receive_floats(float *to, int n, int peer, MPI_Request *request) {
  return MPI_Irecv(to, n, MPI_FLOAT, peer, REFRAIN_MPI_FLOATS, MPI_COMM_WORLD, request);
}

static inline int refrain_mpi_send_bytes(const void *from, int n, int peer, int tag, MPI_Request *request) {
  return MPI_Isend(from, n, MPI_BYTE, peer, tag, MPI_COMM_WORLD, request);
}

// A message with this tag that has arrived: returns its length and sets the sender and the message to receive. -1: there is none; -2: an
// error.
static inline int refrain_mpi_arrived(int tag, int *peer, MPI_Message *message) {
  int flag = 0, count = 0;
  MPI_Status status;
  if (MPI_Improbe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &flag, message, &status) != MPI_SUCCESS) return -2;
  if (!flag) return -1;
  MPI_Get_count(&status, MPI_BYTE, &count);
  *peer = status.MPI_SOURCE;
  return count;
}

static inline int refrain_mpi_take(void *to, int n, MPI_Message *message) {
  return MPI_Mrecv(to, n, MPI_BYTE, message, MPI_STATUS_IGNORE);
}

// Which of n requests are complete: sets their numbers, and returns how many; below 0 on an error. Complete ones become null.
static inline int refrain_mpi_test(int n, MPI_Request *requests, int *complete) {
  int count = 0;
  if (MPI_Testsome(n, requests, &count, complete, MPI_STATUSES_IGNORE) != MPI_SUCCESS) return -1;
  return count == MPI_UNDEFINED ? 0 : count;
}

static inline MPI_Request refrain_mpi_no_request(void) { return MPI_REQUEST_NULL; }

// The text of an error code into at least MPI_MAX_ERROR_STRING characters.
static inline void refrain_mpi_error_text(int code, char *text) {
  int length = 0;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) text[0] = 0;
}
