package rebillytest

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestCompleted_fileAndCounts(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		ExportID:          fmt.Sprint("file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N ", counts(1204, 9310, 48217, 12)),
		"org_exp_acme_01": fmt.Sprint("file_JRJ1T6CJG68FJP3S9Q1JJK92Y0 ", counts(729, 6405, 68172, 23)),
	} {
		for _, created := range []time.Time{Created, Created.AddDate(0, 1, 0)} {
			export := Completed(id, created)
			if got := fmt.Sprint(export.text("fileId"), " ", export["resources"]); got != want {
				t.Errorf("%s: got %s, want %s", id, got, want)
			}
		}
	}
	valid := regexp.MustCompile(`^file_[0-9A-HJKMNP-TV-Z]{26}$`)
	seen := map[string]string{}
	for number := range 1_000 {
		id := fmt.Sprintf("org_exp_%d", number)
		export := Completed(id, Created)
		for _, key := range []string{export.text("fileId"), fmt.Sprint(export["resources"])} {
			if other, ok := seen[key]; ok || !valid.MatchString(export.text("fileId")) {
				t.Errorf("%s has the same %s as %s, or an invalid file ID", id, key, other)
			}
			seen[key] = id
		}
	}
}

func TestExport_copiesAreIndependent(t *testing.T) {
	t.Parallel()
	original := Completed("x", Created)
	want := fmt.Sprint(original)
	original.With("status", "archived").advance(StatusExpired, Created)
	original.Without("userId").advance(StatusFailed, Created)
	api := New()
	api.Add(DefaultOrganization, original, LifeCycleTo(StatusExpired)...)
	for range 3 {
		get(t, api, "/organization-exports/x")
	}
	if got := fmt.Sprint(original); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAPI_signedLinkIsNewInEveryResponse(t *testing.T) {
	t.Parallel()
	api := New()
	api.Add(DefaultOrganization, Completed("x", Created))
	seen := map[string]bool{}
	for _, path := range []string{"/organization-exports/x", "/organization-exports/x", "/organization-exports"} {
		got := get(t, api, path)
		found := regexp.MustCompile(SignedLinkSecret + `-\w+`).FindString(got.body)
		if found == "" || seen[found] {
			t.Errorf("got %s after the links %v", got.body, seen)
		}
		seen[found] = true
	}
}

func TestLifeCycleTo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		statuses   string // of the POST and of each read
		file       bool
		signedLink bool
	}{
		StatusPending:    {statuses: "pending pending pending pending pending"},
		StatusQueued:     {statuses: "queued queued queued queued queued"},
		StatusProcessing: {statuses: "queued queued processing processing processing"},
		StatusCompleted:  {statuses: "queued queued processing completed completed", file: true, signedLink: true},
		StatusFailed:     {statuses: "queued queued processing failed failed"},
		StatusExpired:    {statuses: "queued queued processing expired expired", file: true},
	}
	for end, want := range tests {
		api := NewFor(t)
		api.SetLifeCycle(LifeCycleTo(end)...)
		response := send(t, api, http.MethodPost, "/organization-exports", "{}")
		statuses := []string{response.export(t).text("status")}
		for range 4 {
			response = get(t, api, "/organization-exports/"+response.export(t).text("id"))
			statuses = append(statuses, response.export(t).text("status"))
		}
		file, signedLink := response.export(t).text("fileId") != "", strings.Contains(response.body, "signedLink")
		if strings.Join(statuses, " ") != want.statuses || file != want.file || signedLink != want.signedLink {
			t.Errorf("%s: got %s and the export %s", end, statuses, response.body)
		}
		expectRetention(t, response.export(t))
	}
}

// expectRetention expects a retention time in the future for a completed
// export, one in the past for an expired export, and none for others.
func expectRetention(t *testing.T, export Export) {
	t.Helper()
	got := export.text("retentionTime")
	until, err := time.Parse(time.RFC3339, got)
	switch status := export.text("status"); status {
	case StatusCompleted:
		if err != nil || !until.After(time.Now()) {
			t.Errorf("got the retention time %q, want one in the future", got)
		}
	case StatusExpired:
		if err != nil || !until.Before(time.Now()) {
			t.Errorf("got the retention time %q, want one in the past", got)
		}
	default:
		if got != "" {
			t.Errorf("got the retention time %q of an export that is %s", got, status)
		}
	}
}

func TestStage_fromCompleted(t *testing.T) {
	t.Parallel()
	past := Completed("x", Created)
	tests := map[string]struct {
		stages    []Stage
		fileID    any
		retention any // nil for any
		links     int
	}{
		"completed again":      {[]Stage{{Status: StatusCompleted, Reads: 1}, {Status: StatusCompleted, Reads: 0}}, past["fileId"], nil, 3},
		"expired as it ended":  {[]Stage{{Status: StatusExpired, Reads: 0}}, past["fileId"], past["retentionTime"], 2},
		"expired after a read": {[]Stage{{Status: StatusCompleted, Reads: 1}, {Status: StatusExpired, Reads: 0}}, past["fileId"], nil, 2},
		"failed":               {[]Stage{{Status: StatusCompleted, Reads: 1}, {Status: StatusFailed, Reads: 0}}, nil, nil, 2},
	}
	for name, test := range tests {
		api := NewFor(t)
		api.Add(DefaultOrganization, past, test.stages...)
		get(t, api, "/organization-exports/x")
		export := get(t, api, "/organization-exports/x").export(t)
		if links, _ := export["_links"].([]any); len(links) != test.links || export["fileId"] != test.fileID {
			t.Errorf("%s: got %v, want the file ID %v and %d links", name, export, test.fileID, test.links)
		}
		if test.retention != nil && export["retentionTime"] != test.retention {
			t.Errorf("%s: got the retention time %v, want %v", name, export["retentionTime"], test.retention)
		}
		expectRetention(t, export)
	}
}

func TestNewWaitingFor(t *testing.T) {
	t.Parallel()
	api := NewWaitingFor(t, StatusFailed)
	for _, want := range []string{StatusPending, StatusQueued, StatusProcessing, StatusFailed, StatusFailed} {
		if got := get(t, api, "/organization-exports/x").export(t).text("status"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
