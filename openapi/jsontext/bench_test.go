package jsontext

import (
	"encoding/json"
	"testing"
)

func TestAppendToARoomyBufferDoesNotAllocate(t *testing.T) {
	o := Object{{"id", "390e06e2-7e5b-4133-8014-fac7ac991af7"}, {"status", "updated"},
		{"activeDurationSeconds", json.Number("20")}}
	room := make([]byte, 0, o.SizeHint())
	if allocations := testing.AllocsPerRun(100, func() { AppendObject(room, o) }); allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestPointersWithoutEscapesAreReadInOneAllocation(t *testing.T) {
	if allocations := testing.AllocsPerRun(100, func() {
		if _, err := ParsePointer("/historyItems/0/userTimezone"); err != nil {
			t.Fatal(err)
		}
	}); allocations > 1 {
		t.Errorf("%v allocations", allocations)
	}
}

func BenchmarkAppend(b *testing.B) {
	v, syntax := Decode([]byte(seedRequest))
	if syntax != nil {
		b.Fatal(syntax)
	}
	var text []byte
	b.ReportAllocs()
	for b.Loop() {
		text = Append(text[:0], v)
	}
	b.SetBytes(int64(len(text)))
}
