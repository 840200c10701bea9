package main

import (
	"strings"
	"testing"
)

func TestSpread_medianAndRange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		values []float64
		want   spread
		text   string
	}{
		"none": {nil, spread{}, "0.0"},
		"odd":  {[]float64{3, 1, 2}, spread{2, 1, 3}, "2.0 (1.0-3.0)"},
		"even": {[]float64{4, 1, 2, 3}, spread{2.5, 1, 4}, "2.5 (1.0-4.0)"},
		"same": {[]float64{2, 2}, spread{2, 2, 2}, "2.0"},
	} {
		if got := spreadOf(test.values); got != test.want || got.text(1) != test.text {
			t.Errorf("%s: got %v, %s", name, got, got.text(1))
		}
	}
}

func TestGoals_metMissedAndNotMeasured(t *testing.T) {
	t.Parallel()
	r := &results{
		options: options{counts: []int{100, 1000, 3000}},
		runs: map[key][]run{
			{floor, 1000}: {{Wall: 2, CPU: 1}},
			{ours, 1000}:  {{Wall: 2.2, CPU: 2, Requests: 1000, Connections: 3, ProviderPeak: 30}},
			{ours, 100}:   {{ProviderPeak: 25}},
		},
	}
	var b strings.Builder
	r.writeGoals(&b)
	for _, want := range []string{
		"for 1000 exports",
		"| wall time at most 1.15 times the floor | 1.10 | met |",
		"| CPU time at most 1.6 times the floor | 2.00 | missed |",
		"| wall time at most 0.75 times the best peer | - | not measured |",
		"| connections at most Terraform's parallelism (10) | 3 | met |",
		"| peak memory of the provider at most 1.3 times the peak with 100 exports | 1.20 | met |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("missing %q in:\n%s", want, &b)
		}
	}
}
