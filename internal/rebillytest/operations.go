package rebillytest

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Stage is a part of an export's life cycle: the export has Status for a number
// of Reads, or for the time that it Lasts if that is not zero. The last stage of a
// life cycle does not end. A completed export that lasts has that as its retention.
type Stage struct {
	Status string
	Reads  int
	Lasts  time.Duration
}

// LifeCycleTo returns the life cycle of an export that ends in status. The
// export is queued for one read and processing for one read before.
//
// An export with the status StatusFailed has neither a file ID nor a signed
// link. An export with the status StatusExpired has a file ID, a retention time
// in the past, and no signed link. LifeCycleTo(StatusProcessing) never reaches a
// terminal status.
func LifeCycleTo(status string) []Stage {
	switch status {
	case StatusPending, StatusQueued:
		return []Stage{{Status: status}}
	case StatusProcessing:
		return []Stage{{Status: StatusQueued, Reads: 1}, {Status: StatusProcessing}}
	default:
		return []Stage{{Status: StatusQueued, Reads: 1}, {Status: StatusProcessing, Reads: 1}, {Status: status}}
	}
}

// record is an export of the fake and the rest of its life cycle.
type record struct {
	export Export
	stages []Stage
	reads  int
	// since is when the current stage began.
	since time.Time
}

// Add adds an export to an organization. It replaces the organization's export
// with the same ID, if there is one. The export goes through the given stages
// as it is read. Without stages it does not change.
func (a *API) Add(organization string, export Export, stages ...Stage) {
	a.mu.Lock()
	defer a.mu.Unlock()
	export = maps.Clone(export)
	if len(stages) > 0 {
		export.advance(stages[0].Status, a.now())
	}
	a.drop(organization, export.text("id"))
	a.exports[organization] = append(a.exports[organization], &record{export: export, stages: slices.Clone(stages), since: a.now()})
}

// Remove removes the export with the given ID from an organization.
func (a *API) Remove(organization, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(organization, id)
}

// Export returns an export as it is now, or nil if there is no such export. It does
// not count as a read.
func (a *API) Export(organization, id string) Export {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, record := range a.exports[organization] {
		if record.export.text("id") == id {
			record.pass(a.now())

			return maps.Clone(record.export)
		}
	}

	return nil
}

func (a *API) drop(organization, id string) {
	a.exports[organization] = slices.DeleteFunc(a.exports[organization], func(other *record) bool {
		return other.export.text("id") == id
	})
}

// SetLifeCycle sets the life cycle of the exports that are requested from now
// on. The default is LifeCycleTo(StatusCompleted).
func (a *API) SetLifeCycle(stages ...Stage) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lifeCycle = slices.Clone(stages)
}

// read counts one read at the given time, and returns the export as it is then.
func (r *record) read(now time.Time) Export {
	r.pass(now)
	if len(r.stages) > 1 && r.stages[0].Lasts == 0 && r.reads >= r.stages[0].Reads {
		r.enter(now)
	}
	r.reads++

	return r.export
}

// pass ends the stages that have lasted as long as they do at the given time.
func (r *record) pass(now time.Time) {
	for len(r.stages) > 1 && r.stages[0].Lasts > 0 && !now.Before(r.since.Add(r.stages[0].Lasts)) {
		r.enter(r.since.Add(r.stages[0].Lasts))
	}
}

// enter enters the next stage at the given time.
func (r *record) enter(at time.Time) {
	r.stages, r.reads, r.since = r.stages[1:], 0, at
	r.export.advance(r.stages[0].Status, at)
	if r.stages[0].Status == StatusCompleted && r.stages[0].Lasts > 0 {
		r.export["retentionTime"] = timestamp(at.Add(r.stages[0].Lasts))
	}
}

// organizationOf returns the organization that the request's path names.
func organizationOf(r *http.Request) string {
	if named := r.PathValue("organization"); named != "" {
		return named
	}

	return DefaultOrganization
}

// get implements the operation GetOrganizationExport.
func (a *API) get(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := r.PathValue("id")
	for _, record := range a.exports[organizationOf(r)] {
		if record.export.text("id") == id {
			writeJSON(w, http.StatusOK, a.withNewSignedLink(record.read(a.now())))

			return
		}
	}
	// The detail is the same whether or not another organization has the export.
	writeProblem(w, http.StatusNotFound, "Not Found", "There is no export "+id+" in this organization.")
}

// list implements the operation GetOrganizationExportCollection. It does not
// count as a read of the exports.
func (a *API) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, offset := 100, 0
	for name, number := range map[string]*int{"limit": &limit, "offset": &offset} {
		if text := query.Get(name); text != "" {
			*number, _ = strconv.Atoi(text)
		}
	}
	if term := invalidTerm(query.Get("filter")); term != "" {
		writeProblem(w, http.StatusBadRequest, "Invalid Filter", "The term "+term+" is invalid.")

		return
	}

	a.mu.Lock()
	defer a.mu.Unlock()
	matching := []Export{}
	for _, record := range a.exports[organizationOf(r)] {
		record.pass(a.now())
		if matches(record.export, query.Get("filter"), query.Get("q")) {
			matching = append(matching, a.withNewSignedLink(record.export))
		}
	}
	sortBy(matching, query.Get("sort"))

	page := matching[min(offset, len(matching)):min(offset+limit, len(matching))]
	for name, count := range map[string]int{"Total": len(matching), "Limit": limit, "Offset": offset} {
		w.Header().Set("Pagination-"+name, strconv.Itoa(count))
	}
	writeJSON(w, http.StatusOK, page)
}

// create implements the operation PostOrganizationExport.
func (a *API) create(w http.ResponseWriter, r *http.Request) {
	var request struct {
		IncludeFiles bool `json:"includeFiles"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		writeProblem(w, http.StatusUnprocessableEntity, "Validation Failed", "The body is not a JSON object.")

		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	export := Queued("org_exp_"+rand.Text(), now)
	export.advance(a.lifeCycle[0].Status, now)
	organization := organizationOf(r)
	a.exports[organization] = append(a.exports[organization], &record{export: export, stages: a.lifeCycle, since: now})

	w.Header().Set("Location", "https://api.rebilly.com/organization-exports/"+export.text("id"))
	writeJSON(w, http.StatusCreated, a.withNewSignedLink(export))
}
