//go:build !race

package servicetest

const underRace = false
