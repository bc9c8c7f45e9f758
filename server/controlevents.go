package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// eventPatience is how long a reader of events may take none.
const eventPatience = 10 * time.Second

// controlEvents streams exchanges as server-sent events: those from now on, or
// after the one that Last-Event-ID names. The reader reads the journal, so that no
// request ever waits for it; one that is slower than the journal misses what was
// dropped there. Where an answer can't be streamed, as in process, it is all that
// the journal has by then.
func (s *Server) controlEvents(w http.ResponseWriter, r *http.Request) error {
	at := s.journal.End()
	last := r.Header.Get("Last-Event-ID")
	if last != "" {
		id, err := strconv.ParseInt(last, 10, 64)
		if err != nil || id < 0 {
			return refuse(http.StatusBadRequest, "Last-Event-ID: %s is not the id of an event", quote(last))
		}
		at.ID = id
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	connection := http.NewResponseController(w)
	streaming := connection.Flush() == nil
	if !streaming && last == "" {
		at.ID = 0
	}
	for {
		list, end, changed := s.journal.Since(at)
		at = end
		connection.SetWriteDeadline(time.Now().Add(eventPatience)) // the socket's time, not the server's
		for _, e := range list {
			data, err := json.Marshal(newRequestEntry(e))
			if err != nil {
				panic("BUG: " + err.Error())
			}
			if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", e.ID, data); err != nil {
				return nil // the reader has gone
			}
		}
		switch {
		case len(list) > 0 && (!streaming || connection.Flush() == nil):
			continue // there may be more
		case len(list) > 0 || !streaming:
			return nil
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return nil
		case <-s.closing:
			return nil
		}
	}
}
