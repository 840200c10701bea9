package rebillytest

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Stage is one part of an export's life: the status it has for so many reads.
// The last stage of a life cycle stays.
type Stage struct {
	Status string
	Reads  int
}

// record is an export and what is to come of it.
type record struct {
	export Export
	stages []Stage
	reads  int
}

// Add puts an export into an organization, in the place of the one with its
// id if there is one. With stages it goes through them as it is read, beginning
// with the first; without, it stays as it is.
func (a *API) Add(organization string, export Export, stages ...Stage) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(stages) > 0 {
		export.advance(stages[0].Status, time.Now())
	}
	a.remove(organization, export.text("id"))
	a.exports[organization] = append(a.exports[organization], &record{export: export, stages: stages})
}

// Remove takes the export with the given id out of an organization.
func (a *API) Remove(organization, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(organization, id)
}

func (a *API) remove(organization, id string) {
	a.exports[organization] = slices.DeleteFunc(a.exports[organization], func(other *record) bool {
		return other.export.text("id") == id
	})
}

// SetLifeCycle sets the stages that exports requested from now on go through.
func (a *API) SetLifeCycle(stages ...Stage) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lifeCycle = stages
}

// read returns the export as it is now, and has it age by one read.
func (r *record) read() Export {
	if len(r.stages) > 1 && r.reads >= r.stages[0].Reads {
		r.stages = r.stages[1:]
		r.reads = 0
		r.export.advance(r.stages[0].Status, time.Now())
	}
	r.reads++

	return r.export.answered()
}

func organization(r *http.Request) string {
	if named := r.PathValue("organization"); named != "" {
		return named
	}

	return DefaultOrganization
}

// get is the operation GetOrganizationExport.
func (a *API) get(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := r.PathValue("id")
	for _, record := range a.exports[organization(r)] {
		if record.export.text("id") == id {
			writeJSON(w, http.StatusOK, record.read())

			return
		}
	}
	writeProblem(w, http.StatusNotFound, "Not Found", "There is no export "+id+" in this organization.")
}

// list is the operation GetOrganizationExportCollection.
func (a *API) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, offset := 100, 0
	for name, number := range map[string]*int{"limit": &limit, "offset": &offset} {
		if text := query.Get(name); text != "" {
			*number, _ = strconv.Atoi(text)
		}
	}

	a.mu.Lock()
	defer a.mu.Unlock()
	selected := []Export{}
	for _, record := range a.exports[organization(r)] {
		if matches(record.export, query.Get("filter"), query.Get("q")) {
			selected = append(selected, record.export.answered())
		}
	}
	sortBy(selected, query.Get("sort"))

	page := selected[min(offset, len(selected)):min(offset+limit, len(selected))]
	for name, count := range map[string]int{"Total": len(selected), "Limit": limit, "Offset": offset} {
		w.Header().Set("Pagination-"+name, strconv.Itoa(count))
	}
	writeJSON(w, http.StatusOK, slices.Clip(page))
}

// create is the operation PostOrganizationExport.
func (a *API) create(w http.ResponseWriter, r *http.Request) {
	var request struct {
		IncludeFiles bool `json:"includeFiles"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		writeProblem(w, http.StatusUnprocessableEntity, "Validation Failed", "The body is no JSON object.")

		return
	}
	export := Queued("org_exp_"+rand.Text(), time.Now())

	a.mu.Lock()
	defer a.mu.Unlock()
	export.advance(a.lifeCycle[0].Status, time.Now())
	name := organization(r)
	a.exports[name] = append(a.exports[name], &record{export: export, stages: slices.Clone(a.lifeCycle)})

	w.Header().Set("Location", "https://api.rebilly.com/organization-exports/"+export.text("id"))
	writeJSON(w, http.StatusCreated, export.answered())
}
