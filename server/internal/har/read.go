package har

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of a file. The file is read as a stream; only one entry at a time is in
// memory.
const (
	MaxSize    = 512 << 20 // of the file, in bytes
	MaxEntry   = 32 << 20  // of one entry
	MaxEntries = 200_000
	maxDepth   = 200 // of what is skipped
)

// A SyntaxError says where a file stops being a HAR.
type SyntaxError struct {
	Line, Column int // from 1, the column in bytes
	Message      string
}

// Error returns the message behind its place.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// About is what a file says about itself.
type About struct {
	Creator string // the program that wrote it, as far as it says
	Entries int
}

// Read calls visit with every entry, in order, until visit returns an error. An
// entry is visit's to keep. The error is a *SyntaxError where the file is to
// blame.
func Read(r io.Reader, visit func(Entry) error) (About, error) {
	f := &file{visit: visit, source: &source{in: r}}
	f.json = json.NewDecoder(f.source)
	f.json.UseNumber()
	err := f.read()
	if failed := f.source.err; failed != nil {
		err = failed // rather than what the decoder makes of it
	}
	return f.about, err
}

// file is a HAR on its way in.
type file struct {
	json   *json.Decoder
	source *source
	visit  func(Entry) error
	about  About
	found  bool // log.entries
}

func (f *file) read() error {
	err := f.members(func(name string) error {
		if name != "log" {
			return f.skip()
		}
		return f.members(f.logMember)
	})
	if err != nil {
		return err
	}
	if !f.found {
		return f.fail(0, "there is no log.entries; a HAR file has its traffic there")
	}
	end := f.json.InputOffset()
	if _, err := f.json.Token(); err != io.EOF {
		return f.fail(end, "there is more after the end of the file's JSON object")
	}
	return nil
}

func (f *file) logMember(name string) error {
	switch name {
	case "creator":
		var creator struct{ Name scalar }
		err := f.decode(&creator)
		f.about.Creator = string(creator.Name)
		return err
	case "entries":
		if f.found {
			return f.fail(f.json.InputOffset(), "log.entries is there twice")
		}
		f.found = true
		return f.entries()
	}
	return f.skip()
}

func (f *file) entries() error {
	if err := f.open('[', "log.entries is not a list"); err != nil {
		return err
	}
	for f.json.More() {
		if f.about.Entries++; f.about.Entries > MaxEntries {
			return f.fail(f.json.InputOffset(), fmt.Sprintf("there are more than %d entries", MaxEntries))
		}
		if err := f.entry(); err != nil {
			return err
		}
	}
	return f.close()
}

func (f *file) entry() error {
	f.source.mark(f.json.InputOffset())
	start := f.startAt(f.json.InputOffset())
	var raw rawEntry
	if err := f.decode(&raw); err != nil {
		return err
	}
	e, err := raw.entry()
	if err != nil {
		e.Err = f.fail(start, fmt.Sprintf("entry %d: %v", f.about.Entries, err))
	}
	if e.URL == nil {
		return e.Err
	}
	e.Number = f.about.Entries
	e.Line, _ = f.source.position(start)
	return f.visit(e)
}

// members calls visit with the name of each member of the object that follows,
// for it to read the value.
func (f *file) members(visit func(name string) error) error {
	if err := f.open('{', "expected a JSON object"); err != nil {
		return err
	}
	for f.json.More() {
		name, err := f.token()
		if err != nil {
			return err
		}
		if err := visit(name.(string)); err != nil { // the decoder lets nothing else by
			return err
		}
	}
	return f.close()
}

func (f *file) open(wanted json.Delim, otherwise string) error {
	at := f.json.InputOffset()
	token, err := f.token()
	if err == nil && token != wanted {
		return f.fail(f.startAt(at), otherwise)
	}
	return err
}

func (f *file) close() error {
	_, err := f.token()
	return err
}

func (f *file) token() (json.Token, error) {
	at := f.json.InputOffset()
	f.source.mark(at)
	token, err := f.json.Token()
	if err != nil {
		return nil, f.broken(f.startAt(at), err)
	}
	return token, nil
}

// skip passes over the value that follows, however large.
func (f *file) skip() error {
	for depth := 0; ; {
		token, err := f.token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return f.fail(f.json.InputOffset(), fmt.Sprintf("nested deeper than %d levels", maxDepth))
		}
	}
}

func (f *file) decode(v any) error {
	at := f.json.InputOffset()
	f.source.mark(at)
	err := f.json.Decode(v)
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return f.fail(f.startAt(at), fmt.Sprintf("%s: a %s is not expected here",
			memberName(f.about.Entries, kind.Field), kind.Value))
	case errors.Is(err, errTooMany):
		return f.fail(f.startAt(at), memberName(f.about.Entries, "")+": "+err.Error())
	case err != nil:
		return f.brokenValue(f.startAt(at), err)
	}
	return nil
}

func memberName(entry int, field string) string {
	if entry == 0 {
		return "log." + field
	}
	return strings.TrimSuffix(fmt.Sprintf("entry %d: %s", entry, field), ": ")
}

// startAt is where the value begins that was read from at on.
func (f *file) startAt(at int64) int64 {
	text := f.source.from(at)
	return at + int64(len(text)-len(bytes.TrimLeft(text, " \t\r\n,:")))
}

// brokenValue says where in the value that begins at start the JSON is wrong. The
// decoder counts from somewhere else, so the value is looked at once more.
func (f *file) brokenValue(start int64, err error) error {
	var syntax *json.SyntaxError
	if again := json.Unmarshal(f.source.from(start), new(json.RawMessage)); errors.As(again, &syntax) &&
		syntax.Offset > 0 {
		return f.broken(start+syntax.Offset-1, again)
	}
	return f.broken(start, err)
}

func (f *file) broken(at int64, err error) error {
	switch {
	case f.source.err != nil:
		return f.source.err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "unexpected end of JSON input"):
		return f.fail(f.source.read, "the file ends in the middle")
	case at == 0 && f.source.form() != "":
		return f.fail(at, f.source.form())
	}
	return f.fail(at, err.Error())
}

func (f *file) fail(at int64, message string) error {
	line, column := f.source.position(at)
	return &SyntaxError{Line: line, Column: column, Message: message}
}

// source is the file's bytes on their way to the decoder. It bounds them, and
// keeps those since the mark, to know places.
type source struct {
	in   io.Reader
	read int64 // bytes so far, a byte order mark left out
	err  error // why nothing more comes, unless it is the end

	kept   []byte // what was read, from begin on
	begin  int64
	lines  int   // before begin
	column int64 // bytes between the start of the line and begin
	marked int64
}

// chunk bounds how far the decoder reads ahead.
const chunk = 64 << 10

func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.read-s.marked > MaxEntry {
		line, column := s.position(s.marked)
		s.err = &SyntaxError{line, column, fmt.Sprintf("what begins here is larger than %d MiB", MaxEntry>>20)}
		return 0, s.err
	}
	n, err := s.in.Read(p[:min(len(p), chunk)])
	if s.read == 0 {
		n = skipMark(p[:n])
	}
	s.read += int64(n)
	s.kept = append(s.kept, p[:n]...)
	if s.read > MaxSize {
		line, column := s.position(s.read)
		s.err = &SyntaxError{line, column, fmt.Sprintf("the file is larger than %d MiB", MaxSize>>20)}
		return 0, s.err
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// skipMark drops a byte order mark.
func skipMark(p []byte) int {
	return copy(p, bytes.TrimPrefix(p, []byte("\ufeff")))
}

// form says what a file is that does not begin as JSON, as far as its first bytes show it.
func (s *source) form() string {
	for start, form := range map[string]string{
		"\xff\xfe": "the file is UTF-16; save it as UTF-8", "\xfe\xff": "the file is UTF-16; save it as UTF-8",
		"\x1f\x8b": "the file is compressed; unpack it first", "PK\x03\x04": "the file is compressed; unpack it first",
	} {
		if bytes.HasPrefix(s.kept, []byte(start)) {
			return form
		}
	}
	return ""
}

// mark says that nothing before at is asked for any more.
func (s *source) mark(at int64) {
	s.marked = at
	if done := at - s.begin; done > chunk { // now and then
		s.lines, s.column = s.countLines(done)
		s.kept = s.kept[:copy(s.kept, s.kept[done:])]
		s.begin = at
	}
}

// countLines counts the lines and the column behind the first n bytes that are kept.
func (s *source) countLines(n int64) (lines int, column int64) {
	passed := s.kept[:n]
	last := bytes.LastIndexByte(passed, '\n')
	if last < 0 {
		return s.lines, s.column + n
	}
	return s.lines + bytes.Count(passed, []byte("\n")), n - int64(last) - 1
}

// position is the line and the column of a byte, both from 1.
func (s *source) position(at int64) (line, column int) {
	lines, columns := s.countLines(min(max(at-s.begin, 0), int64(len(s.kept))))
	return lines + 1, int(columns) + 1
}

// from returns the bytes from at on, as far as they were read.
func (s *source) from(at int64) []byte { return s.kept[min(max(at-s.begin, 0), int64(len(s.kept))):] }
