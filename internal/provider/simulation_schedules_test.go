package provider

import (
	"testing"
	"time"
)

// TestSimulation_onceFailed lives through years that once broke a promise, in their
// smallest form. Each name says what the provider did.
func TestSimulation_onceFailed(t *testing.T) {
	t.Parallel()
	for _, group := range []struct {
		begin schedule
		years map[string][]event
	}{
		// Nothing requests exports on its own.
		{begin: schedule{Start: settings{"organization_id": "org_a"}}, years: map[string][]event{
			"another organization's credential got 404, and the export left state": {{Day: 3, Kind: "key", How: "404", For: time.Minute}},
			"another credential's 404 counted as proof":                            {{Day: 1, Kind: "key", How: "JWT"}, {Day: 3, Kind: "purge", How: "export"}},
			"a 404 of an export that no GET had returned counted as proof": {
				{Day: 2, Kind: "wait_for_completion", How: "false"},
				{Day: 6, Kind: "triggers", How: "2026-01"},
				{Day: 6, Kind: "next export", How: "lags", For: 50 * time.Hour},
			},
			"empty triggers replaced null":                       {{Day: 1, Kind: "triggers", How: "{}"}},
			"an unknown organization planned a replacement":      {{Day: 1, Kind: "unknown", How: "organization_id="}},
			"unknown include_files planned a replacement":        {{Day: 1, Kind: "unknown", How: "include_files=true"}},
			"an unknown replace_on_status planned a replacement": {{Day: 40, Kind: "unknown", How: "replace_on_status="}},
		}},
		{begin: schedule{Start: settings{"organization_id": "org_a", "rotate_after": "720h", "create_before_destroy": "true"}}, years: map[string][]event{
			"a replica that lagged tainted the export":            {{Day: 1, Kind: "next export", How: "lags", For: time.Minute}},
			"a 401 in a wait tainted the export":                  {{Day: 2, Kind: "api after POST", How: "401", For: time.Minute}},
			"a 403 in a wait tainted the export":                  {{Day: 2, Kind: "api after POST", How: "403", For: 50 * time.Hour}},
			"a 408 in a wait tainted the export":                  {{Day: 2, Kind: "api after POST", How: "408", For: time.Minute}},
			"a 524 in a wait tainted the export":                  {{Day: 2, Kind: "api after POST", How: "524", For: time.Minute}},
			"a page instead of JSON in a wait tainted the export": {{Day: 2, Kind: "api after POST", How: "page with 200", For: time.Minute}},
			"a gateway's 404 in a wait tainted the export":        {{Day: 2, Kind: "api after POST", How: "JSON with 404", For: time.Minute}},
			"a delay beyond the deadline of a wait tainted the export": {
				{Day: 2, Kind: "timeouts", How: "2m"},
				{Day: 2, Kind: "api after POST", How: "429 with seconds", At: 50 * time.Second, For: 3 * time.Minute},
			},
			"an export that took longer than its timeout was tainted":       {{Day: 2, Kind: "next export", How: "slow", For: 7 * time.Hour}},
			"an interruption before the POST's response tainted the export": {{Day: 3, Kind: "interrupted", How: "during POST"}},
			"a failed export was not an error":                              {{Day: 2, Kind: "next export", How: "fails"}},
			"a failed export was not an error of an update": {
				{Day: 2, Kind: "next export", How: "fails"},
				{Day: 2, Kind: "next export", How: "slow", For: 24*time.Hour + 10*time.Minute},
			},
			"an interruption of a wait tainted the export": {{Day: 3, Kind: "interrupted", How: "wait", At: 50 * time.Second}},
			"an unreadable response to a POST, and a lagging replica, tainted the export": {
				{Day: 2, Kind: "next export", How: "body cut"},
				{Day: 2, Kind: "next export", How: "lags", For: time.Minute},
			},
		}},
		{begin: schedule{Start: settings{"organization_id": "org_a", "rotate_after": "720h", "create_before_destroy": "true"}, Skew: -26 * time.Hour}, years: map[string][]event{
			"a machine's clock that is ahead rotated too early": {{Day: 29, Kind: "timeouts", How: "3h"}},
		}},
		{begin: schedule{Start: settings{"organization_id": "org_a"}}, years: map[string][]event{
			"a GET instead of a lost response was not remembered": {
				{Day: 0, Kind: "next export", How: "body cut"},
				{Day: 0, Kind: "interrupted", How: "wait", For: 7 * time.Hour},
				{Day: 1, Kind: "purge", How: "export"},
			},
		}},
		{begin: schedule{Start: settings{"organization_id": "org_a", "rotate_after": "168h", "create_before_destroy": "true"}}, years: map[string][]event{
			"the advice for a deposed export needed another export": {
				{Day: 12, Kind: "interrupted", How: "apply", At: 247 * time.Second},
				{Day: 14, Kind: "between plan and apply", How: "sandbox"},
				{Day: 20, Kind: "include_files", How: "true"},
			},
		}},
	} {
		for name, events := range group.years {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				schedule := group.begin
				schedule.Events = events
				if y := simulate(t, schedule, (*year).live); y.violation != nil {
					t.Error(y.report())
				}
			})
		}
	}
}
