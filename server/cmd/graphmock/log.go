package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

// requestLog returns the observer that writes a line for each request to the log;
// no format is no observer.
func requestLog(format string, lines *lineWriter) (observe func(server.Exchange), err error) {
	switch format {
	case "":
		return nil, nil
	case "text":
		return lines.text, nil
	case "json":
		log := slog.NewJSONHandler(lines, nil)
		lines.notice = droppedJSON
		return func(e server.Exchange) { logJSON(log, e) }, nil
	}
	return nil, fmt.Errorf("--log %q: expected text or json", format)
}

// notesOf returns what writes lines that are about no request in the format of the log.
func notesOf(format string, lines *lineWriter) io.Writer {
	if format == "json" {
		return jsonNotes{slog.NewJSONHandler(lines, nil)}
	}
	return lines
}

// jsonNotes writes each line as an object.
type jsonNotes struct{ log slog.Handler }

func (n jsonNotes) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		note := strings.TrimPrefix(strings.TrimSpace(line), "graphmock: ")
		n.log.Handle(context.Background(), slog.NewRecord(time.Now(), slog.LevelInfo, note, 0)) // lines never fails
	}
	return len(text), nil
}

// A lineWriter writes in a goroutine of its own, so that nobody who logs waits for a
// terminal or for the reader of a pipe; lines that come soon after another are
// written together. A writer that can't keep up loses lines: how many is said where
// they would have stood.
type lineWriter struct {
	notice func(dropped int) []byte // the line that says that lines are missing; set before the first line

	mu      sync.Mutex
	changed sync.Cond // the first line waits, or ended
	waiting []byte
	dropped int // lines for which there was no room
	ended   bool
	ending  chan struct{} // closed when ended
	done    chan struct{}
}

const (
	maxWaiting = 4 << 20              // bytes of the lines that wait
	gathering  = 2 * time.Millisecond // how long a line waits for others; no reader notices
	lastLines  = time.Second          // how long the end waits for what is not written yet
)

func newLineWriter(w io.Writer) *lineWriter {
	l := &lineWriter{notice: droppedText, ending: make(chan struct{}), done: make(chan struct{})}
	l.changed.L = &l.mu
	go l.write(w)
	return l
}

// Write adds a line. It never waits, and never fails.
func (l *lineWriter) Write(p []byte) (int, error) {
	l.add(func(b []byte) []byte { return append(b, p...) })
	return len(p), nil
}

func (l *lineWriter) text(e server.Exchange) {
	l.add(func(b []byte) []byte { return appendText(b, &e) })
}

// add adds a line if there is room for it.
func (l *lineWriter) add(line func([]byte) []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) > maxWaiting {
		l.dropped++
		return
	}
	if len(l.waiting) == 0 {
		l.changed.Signal()
	}
	l.waiting = line(l.waiting)
}

func (l *lineWriter) write(w io.Writer) {
	defer close(l.done)
	var batch []byte
	for {
		if batch = l.next(batch); batch == nil {
			return
		}
		w.Write(batch) // there is no place to report a log that can't be written
	}
}

// next waits for lines and returns them, nil once no more come. It takes over the
// room of those before.
func (l *lineWriter) next(room []byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && !l.ended {
		l.changed.Wait()
	}
	if len(l.waiting) == 0 {
		return nil
	}
	l.gather()
	batch := l.waiting
	if l.dropped > 0 {
		batch = append(batch, l.notice(l.dropped)...)
	}
	l.waiting, l.dropped = room[:0], 0
	return batch
}

// gather lets more lines come.
//
// l.mu must be held.
func (l *lineWriter) gather() {
	l.mu.Unlock()
	defer l.mu.Lock()
	select {
	case <-time.After(gathering):
	case <-l.ending:
	}
}

// end writes what waits and ends the goroutine. Lines that can't be written in time
// are lost, with the goroutine: what holds it up may never end.
func (l *lineWriter) end() {
	l.mu.Lock()
	l.ended = true
	close(l.ending)
	l.changed.Signal()
	l.mu.Unlock()
	select {
	case <-l.done:
	case <-time.After(lastLines):
	}
}

// appendText adds an exchange as a person reads it, with the rule of a scenario
// that answered, and violations in lines below:
//
//	09:30:00.120 PUT /v1.0/me/activities/1/historyItems/2 400 me.activities.PutHistoryItem 0.1ms
//	             request body /startedDateTime: required property is missing
func appendText(b []byte, e *server.Exchange) []byte {
	operation := e.Operation
	if operation == "" {
		operation = "-"
	}
	hour, minute, second := e.At.Clock()
	b = appendDigits(b, hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	b = appendDigits(append(b, '.'), e.At.Nanosecond()/1e6, 3)
	b = append(append(append(b, ' '), report.Printable(e.Method)...), ' ')
	if e.Outside {
		b = append(b, report.Printable(e.Host)...)
	}
	b = append(b, report.Printable(e.Path)...)
	if e.Query != "" {
		b = append(append(b, '?'), report.Printable(e.Query)...)
	}
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(e.Status), 10)
	b = append(append(append(b, ' '), report.Printable(operation)...), ' ')
	took := int((e.Took + 5*time.Microsecond) / (10 * time.Microsecond)) // hundredths of a millisecond
	b = strconv.AppendInt(b, int64(took/100), 10)
	b = append(appendDigits(append(b, '.'), took%100, 2), "ms"...)
	if e.BatchID != "" {
		b = fmt.Appendf(b, " ($batch, request %s)", report.Printable(e.BatchID))
	}
	if e.Rule != "" {
		b = append(append(b, " by "...), report.Printable(e.Rule)...)
	}
	if e.Tenant != "" {
		b = append(append(b, " in tenant "...), report.Printable(e.Tenant)...)
	}
	if e.BrokenOff {
		b = append(b, ", broken off by the client"...)
	}
	b = append(b, '\n')
	if e.Unsupported != "" {
		b = fmt.Appendf(b, "%13sGraph has this, and graphmock does not serve it: %s\n", "", report.Printable(e.Unsupported))
	}
	if e.Reason != "" {
		b = fmt.Appendf(b, "%13srefused: %s\n", "", report.Printable(e.Reason))
	}
	if e.Note != "" {
		b = fmt.Appendf(b, "%13s%s\n", "", report.Printable(e.Note))
	}
	for _, v := range e.Violations {
		b = fmt.Appendf(b, "%13s%s\n", "", report.Printable(v.String()))
	}
	return b
}

// appendDigits adds a number of a fixed width.
func appendDigits(b []byte, n, width int) []byte {
	for unit := [...]int{1, 10, 100}[width-1]; unit > 0; unit /= 10 {
		b = append(b, byte('0'+n/unit%10))
	}
	return b
}

// logJSON logs an exchange at its own time, which is the server's.
func logJSON(log slog.Handler, e server.Exchange) {
	attrs := []slog.Attr{
		slog.Int64("id", e.ID), slog.String("method", e.Method), slog.String("path", e.Path),
		slog.Int("status", e.Status),
		slog.String("operation", e.Operation), slog.Float64("milliseconds", float64(e.Took.Microseconds())/1000),
	}
	if e.Query != "" {
		attrs = append(attrs, slog.String("query", e.Query))
	}
	if e.BatchID != "" {
		attrs = append(attrs, slog.String("batchId", e.BatchID))
	}
	if e.Tenant != "" {
		attrs = append(attrs, slog.String("tenant", e.Tenant))
	}
	if e.BrokenOff {
		attrs = append(attrs, slog.Bool("brokenOff", true))
	}
	if e.Rule != "" {
		attrs = append(attrs, slog.String("rule", e.Rule))
	}
	if e.Outside {
		attrs = append(attrs, slog.String("host", e.Host), slog.Bool("outside", true))
	}
	if e.Note != "" {
		attrs = append(attrs, slog.String("note", e.Note))
	}
	if e.Reason != "" {
		attrs = append(attrs, slog.String("reason", e.Reason))
	}
	if e.Unsupported != "" {
		attrs = append(attrs, slog.String("unsupported", e.Unsupported))
	}
	if len(e.Violations) > 0 {
		attrs = append(attrs, slog.Any("violations", e.Violations))
	}
	line := slog.NewRecord(e.At, slog.LevelInfo, "exchange", 0)
	line.AddAttrs(attrs...)
	log.Handle(context.Background(), line) // lines never fails
}

// droppedText is the line that says in a log for people that lines are missing.
func droppedText(dropped int) []byte {
	return fmt.Appendf(nil, "graphmock: %d lines of the log are left out here: they were not read in time\n", dropped)
}

// droppedJSON is droppedText for programs.
func droppedJSON(dropped int) []byte {
	var b bytes.Buffer
	line := slog.NewRecord(time.Now(), slog.LevelWarn, "lines of the log are left out here: they were not read in time", 0)
	line.AddAttrs(slog.Int("dropped", dropped))
	slog.NewJSONHandler(&b, nil).Handle(context.Background(), line) // a buffer never fails
	return b.Bytes()
}
