package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
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
		return func(e server.Exchange) { lines.Write(logText(e)) }, lines.end, nil
	case "json":
		log := slog.New(slog.NewJSONHandler(lines, nil))
		return func(e server.Exchange) { logJSON(log, e) }, lines.end, nil
	}
	lines.end()
	return nil, nil, fmt.Errorf("--log %q: expected text or json", format)
}

// A lineWriter writes in a goroutine of its own, so that requests don't wait for
// a terminal; lines that come meanwhile are written together. A writer that can't
// keep up makes them wait in the end.
type lineWriter struct {
	mu      sync.Mutex
	changed sync.Cond // waiting, ended or room
	waiting []byte
	ended   bool
	done    chan struct{}
}

// maxWaiting bounds the lines that wait, in bytes.
const maxWaiting = 1 << 20

func newLineWriter(w io.Writer) *lineWriter {
	l := &lineWriter{done: make(chan struct{})}
	l.changed.L = &l.mu
	go l.write(w)
	return l
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) > maxWaiting {
		l.changed.Wait()
	}
	l.waiting = append(l.waiting, p...)
	l.changed.Broadcast()
	return len(p), nil
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
		batch, l.waiting = l.waiting, batch[:0]
		l.changed.Broadcast()
		l.mu.Unlock()
		w.Write(batch) // a log that can't be written is nobody's to tell
		l.mu.Lock()
	}
}

// end writes what waits and ends the goroutine.
func (l *lineWriter) end() {
	l.mu.Lock()
	l.ended = true
	l.changed.Broadcast()
	l.mu.Unlock()
	<-l.done
}

// logText is an exchange as a person reads it, with the rule of a scenario that
// answered, and violations in lines below:
//
//	09:30:00.120 PUT /v1.0/me/activities/1/historyItems/2 400 me.activities.PutHistoryItem 0.1ms
//	             request body /startedDateTime: required property is missing
func logText(e server.Exchange) []byte {
	operation := e.Operation
	if operation == "" {
		operation = "-"
	}
	b := e.At.AppendFormat(make([]byte, 0, 200), "15:04:05.000 ")
	for _, word := range []string{e.Method, e.Path, strconv.Itoa(e.Status), operation} {
		b = append(append(b, word...), ' ')
	}
	b = strconv.AppendFloat(b, float64(e.Took)/1e6, 'f', 2, 64)
	b = append(b, "ms"...)
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

// printable keeps what a request says from steering the terminal.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return unicode.ReplacementChar
	}
	return r
}

func logJSON(log *slog.Logger, e server.Exchange) {
	attrs := []slog.Attr{
		slog.Int64("id", e.ID), slog.String("method", e.Method), slog.String("path", e.Path), slog.Int("status", e.Status),
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
	log.LogAttrs(context.Background(), slog.LevelInfo, "exchange", attrs...)
}
