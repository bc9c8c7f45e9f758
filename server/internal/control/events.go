package control

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/pace"
)

// events streams exchanges as server-sent events: those from now on, or after the
// one that Last-Event-ID names. The reader reads the journal, so that no request
// ever waits for it; one that is slower than the journal misses what was dropped
// there, and one that reads nothing is given up. Where a response can't be streamed, as in process, it is all that the
// journal has by then.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) error {
	last, err := lastEventID(r.Header)
	if err != nil {
		return err
	}
	next := h.server.Follow(last)
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	connection := http.NewResponseController(w)
	streaming := connection.Flush() == nil
	if !streaming && last == FromNow {
		next = h.server.Follow(0)
	}
	for {
		list, changed := next()
		if err := writeEvents(pace.Writer{ResponseWriter: w}, list); err != nil {
			return nil // the reader has gone
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
		case <-h.server.Closed:
			return nil
		}
	}
}

// lastEventID returns the id of the last event that a reader has seen.
func lastEventID(h http.Header) (int64, error) {
	text := h.Get("Last-Event-ID")
	if text == "" {
		return FromNow, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return 0, errorf(http.StatusBadRequest, "Last-Event-ID: %s is not the id of an event", jsontext.Quote(text))
	}
	return id, nil
}

func writeEvents(w io.Writer, list []Exchange) error {
	for _, e := range list {
		data, err := json.Marshal(e)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		if _, err := fmt.Fprintf(w, "id: %d\ndata: %s\n\n", e.ID, data); err != nil {
			return err
		}
	}
	return nil
}
