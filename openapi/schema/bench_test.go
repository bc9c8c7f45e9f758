package schema

import (
	"math/rand/v2"
	"testing"
)

func BenchmarkValidate(b *testing.B) {
	s := embedded(b)["microsoft.graph.activityHistoryItem"][Request]
	for name, text := range map[string]string{"valid": seedRequest, "invalid": `{"startedDateTime": 1}`} {
		v := decodeTest(b, text)
		if _, err := s.Validate(v); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if found, _ := s.Validate(v); (len(found) == 0) != (name == "valid") {
					b.Fatal(found)
				}
			}
		})
	}
}

func BenchmarkSample(b *testing.B) {
	s := embedded(b)["microsoft.graph.userActivity"][Response]
	random := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Sample(b.Context(), random); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseDateTime(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := ParseDateTime("2015-02-11T20:54:04.3457274+00:00"); !ok {
			b.Fatal("not read")
		}
	}
}
