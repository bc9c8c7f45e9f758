package openapi

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"
)

// BenchmarkPathReading compares how long it takes to read a path against the model
// with finding one in a document. The ratio is that of the model to the document:
// the median of ten in one run, as a time says little on a machine that does other
// things.
func BenchmarkPathReading(b *testing.B) {
	growTree(b)
	contracts := map[string]*Contract{"embedded": Embedded(), "large": largeContract(b)}
	paths := map[string]string{
		"activity": "/me/activities/1/historyItems/2",
		"member":   "/groups/1/members/2",
		"message":  "/users/1/mailFolders/2/messages/3",
		"longkeys": "/users/48d31887-5fad-4d73-a9f5-3c356e68a038/mailFolders/AAMkADhAAAW-VPeAAA=/messages/AAMkADhAAATs28OAAA=",
	}
	for _, contract := range slices.Sorted(maps.Keys(contracts)) {
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			b.Run(contract+"/"+path, func(b *testing.B) { comparePaths(b, contracts[contract], paths[path]) })
		}
	}
}

// growTree reads a path below each entity set and singleton, and all that can follow
// a user: a tree in use has more nodes than those of the paths that are measured.
func growTree(b *testing.B) {
	b.Helper()
	for _, path := range []string{"", "/me", "/users/1", "/groups/1", "/users/1/mailFolders/2"} {
		at, err := Embedded().Tree().Parse(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range at.Type.Properties() {
			at.To(p.Name)
		}
	}
}

func comparePaths(b *testing.B, c *Contract, path string) {
	const routed = "/v1.0/me/activities/1/historyItems/2"
	if m, v := c.Route("DELETE", routed); v != nil || m.Operation == nil {
		b.Fatal(v)
	}
	if _, err := Embedded().Tree().Parse(path); err != nil {
		b.Fatal(err)
	}
	allocated := testing.AllocsPerRun(100, func() { Embedded().Tree().Parse(path) })
	compare(b, func() { c.Route("DELETE", routed) }, func() { Embedded().Tree().Parse(path) })
	b.ReportMetric(allocated, "subject-allocs")
}

// largeContract has as many paths as Graph: 12,000.
func largeContract(b *testing.B) *Contract {
	b.Helper()
	patterns := []string{"DELETE /me/activities/{activity-id}/historyItems/{item-id}"}
	for i := len(patterns); i < 12_000; i++ {
		patterns = append(patterns, fmt.Sprintf("GET /set%d/{set-id}/part%d/{part-id}/piece%d", i%60, i%200, i))
	}
	return parseTest(b, documentText(graphServers, patterns...))
}

const benchRounds = 10

// compare reports how long subject takes as a multiple of base.
func compare(b *testing.B, base, subject func()) {
	b.Helper()
	n := repetitions(base)
	var ratios, bases, subjects []float64
	for range benchRounds {
		t1, t2 := timed(base, n), timed(subject, n)
		bases, subjects, ratios = append(bases, t1), append(subjects, t2), append(ratios, t2/t1)
	}
	for b.Loop() { // the rounds above were the work
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(bases), "base-ns")
	b.ReportMetric(median(subjects), "subject-ns")
	b.ReportMetric(median(ratios), "ratio")
}

func median(xs []float64) float64 {
	slices.Sort(xs)
	return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
}

// repetitions is how often f runs in about 10 ms.
func repetitions(f func()) int {
	n := 1
	for ; n < 1<<20 && timed(f, n)*float64(n) < 10e6; n *= 2 {
	}
	return n
}

// timed is the nanoseconds that f takes, the mean of n runs.
func timed(f func(), n int) float64 {
	runtime.GC()
	start := time.Now()
	for range n {
		f()
	}
	return float64(time.Since(start)) / float64(n)
}
