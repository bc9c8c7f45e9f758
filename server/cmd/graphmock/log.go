package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/graphmock/graphmock/server"
)

// requestLog makes the observer that writes a line for each request, and what
// ends it: it returns when all is written. No format is no log.
func requestLog(format string, w io.Writer) (observe func(server.Exchange), end func(), err error) {
	if format == "" {
		return nil, func() {}, nil
	}
	lines := newLineWriter(w)
	switch format {
	case "text":
		return lines.text, lines.end, nil
	case "json":
		log := slog.NewJSONHandler(lines, nil)
		return func(e server.Exchange) { logJSON(log, e) }, lines.end, nil
	}
	lines.end()
	return nil, nil, fmt.Errorf("--log %q: expected text or json", format)
}

// A lineWriter writes in a goroutine of its own, so that requests don't wait for
// a terminal; lines that come soon after another are written together. A writer
// that can't keep up makes them wait in the end.
type lineWriter struct {
	mu      sync.Mutex
	changed sync.Cond // the first line waits, ended, or room
	waiting []byte
	ended   bool
	ending  chan struct{} // closed when ended
	done    chan struct{}
}

const (
	maxWaiting = 1 << 20              // bytes of the lines that wait
	gathering  = 2 * time.Millisecond // how long a line waits for others; no reader notices
)

func newLineWriter(w io.Writer) *lineWriter {
	l := &lineWriter{ending: make(chan struct{}), done: make(chan struct{})}
	l.changed.L = &l.mu
	go l.write(w)
	return l
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, p...)
	return len(p), nil
}

func (l *lineWriter) text(e server.Exchange) {
	l.lock()
	defer l.mu.Unlock()
	l.waiting = appendText(l.waiting, &e)
}

// lock locks l.mu for another line, once there is room for it.
func (l *lineWriter) lock() {
	l.mu.Lock()
	for len(l.waiting) > maxWaiting {
		l.changed.Wait()
	}
	if len(l.waiting) == 0 {
		l.changed.Broadcast()
	}
}

func (l *lineWriter) write(w io.Writer) {
	defer close(l.done)
	var batch []byte
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for len(l.waiting) == 0 && !l.ended {
			l.changed.Wait()
		}
		if len(l.waiting) == 0 {
			return
		}
		l.gather()
		batch, l.waiting = l.waiting, batch[:0]
		l.changed.Broadcast()
		l.mu.Unlock()
		w.Write(batch) // there is no place to report a log that can't be written
		l.mu.Lock()
	}
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

// end writes what waits and ends the goroutine.
func (l *lineWriter) end() {
	l.mu.Lock()
	l.ended = true
	close(l.ending)
	l.changed.Broadcast()
	l.mu.Unlock()
	<-l.done
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
	b = append(append(append(b, ' '), e.Method...), ' ')
	b = append(append(b, e.Path...), ' ')
	b = strconv.AppendInt(b, int64(e.Status), 10)
	b = append(append(append(b, ' '), operation...), ' ')
	took := int((e.Took + 5*time.Microsecond) / (10 * time.Microsecond)) // hundredths of a millisecond
	b = strconv.AppendInt(b, int64(took/100), 10)
	b = append(appendDigits(append(b, '.'), took%100, 2), "ms"...)
	if e.BatchID != "" {
		b = fmt.Appendf(b, " ($batch, request %s)", strings.Map(printable, e.BatchID))
	}
	if e.Rule != "" {
		b = append(append(b, " by "...), e.Rule...)
	}
	b = append(b, '\n')
	for _, v := range e.Violations {
		b = fmt.Appendf(b, "%13s%s\n", "", strings.Map(printable, v.String()))
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

// printable keeps what a request says from steering the terminal.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return unicode.ReplacementChar
	}
	return r
}

// logJSON logs an exchange at its own time, which is the server's.
func logJSON(log slog.Handler, e server.Exchange) {
	attrs := []slog.Attr{
		slog.Int64("id", e.ID), slog.String("method", e.Method), slog.String("path", e.Path),
		slog.Int("status", e.Status),
		slog.String("operation", e.Operation), slog.Duration("took", e.Took),
	}
	if e.BatchID != "" {
		attrs = append(attrs, slog.String("batchId", e.BatchID))
	}
	if e.Rule != "" {
		attrs = append(attrs, slog.String("rule", e.Rule))
	}
	if len(e.Violations) > 0 {
		attrs = append(attrs, slog.Any("violations", e.Violations))
	}
	line := slog.NewRecord(e.At, slog.LevelInfo, "exchange", 0)
	line.AddAttrs(attrs...)
	log.Handle(context.Background(), line) // lines never fails
}
