package rebillytest

import (
	"crypto/rand"
	"maps"
	"time"
)

// Export is an organization export as the JSON object that the fake API
// answers: a key that is not there is a field that is absent, nil is null.
// Where "_links" has an element with the rel "signedLink", its href is made
// anew for every answer, as Rebilly's is.
type Export map[string]any

// SignedLinkSecret is a part of every signed link that the fake API makes,
// for tests that look for signed links where none may be.
const SignedLinkSecret = "SIGNED-LINK-SECRET"

// The statuses of the contract that the fake API's life cycles go through.
const (
	StatusPending    = "pending"
	StatusQueued     = "queued"
	StatusProcessing = "processing"
	StatusCompleted  = "completed"
)

// retention is how long the fake API keeps the file of a completed export.
const retention = 30 * 24 * time.Hour

// Queued returns an export that was requested at the given time and that
// nothing has been done for yet.
func Queued(id string, created time.Time) Export {
	stamp := created.UTC().Format(time.RFC3339)

	return Export{
		"id":            id,
		"userId":        "usr_0YVCEENYJ3D7Q9EN6BN16HA0G4",
		"fileId":        nil,
		"status":        StatusQueued,
		"resources":     []any{},
		"createdTime":   stamp,
		"updatedTime":   stamp,
		"retentionTime": nil,
		"_links": []any{
			link("self", "https://api.rebilly.com/organization-exports/"+id),
			link("user", "https://api.rebilly.com/users/usr_0YVCEENYJ3D7Q9EN6BN16HA0G4"),
		},
	}
}

// Completed returns an export that was requested at the given time and
// completed ten minutes later, with every field of the contract filled.
func Completed(id string, created time.Time) Export {
	export := Queued(id, created)
	export.complete(created.Add(10 * time.Minute))

	return export
}

// With returns a copy of the export with field set to value.
func (e Export) With(field string, value any) Export {
	changed := maps.Clone(e)
	changed[field] = value

	return changed
}

// Without returns a copy of the export that lacks field.
func (e Export) Without(field string) Export {
	changed := maps.Clone(e)
	delete(changed, field)

	return changed
}

func (e Export) complete(at time.Time) {
	e["status"] = StatusCompleted
	e["fileId"] = "file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"
	e["updatedTime"] = at.UTC().Format(time.RFC3339)
	e["retentionTime"] = at.Add(retention).UTC().Format(time.RFC3339)
	e["resources"] = []any{
		resource("customers", 1204),
		resource("invoices", 9310),
		resource("transactions", 48217),
		resource("users", 12),
	}
	links, _ := e["_links"].([]any)
	e["_links"] = append(links, link("signedLink", ""))
}

// advance moves the export to status.
func (e Export) advance(status string, at time.Time) {
	if status == StatusCompleted {
		e.complete(at)

		return
	}
	e["status"] = status
	e["updatedTime"] = at.UTC().Format(time.RFC3339)
}

// answered returns the export as one answer shows it, with a signed link of
// its own.
func (e Export) answered() Export {
	links, ok := e["_links"].([]any)
	if !ok {
		return e
	}
	fresh := make([]any, len(links))
	for i, element := range links {
		fresh[i] = element
		if object, ok := element.(map[string]any); ok && object["rel"] == "signedLink" {
			fresh[i] = link("signedLink", "https://files.example.com/export.zip?signature="+SignedLinkSecret+"-"+rand.Text())
		}
	}

	return e.With("_links", fresh)
}

func (e Export) text(field string) string {
	value, _ := e[field].(string)

	return value
}

func link(rel, href string) map[string]any {
	return map[string]any{"rel": rel, "href": href}
}

func resource(name string, records int64) map[string]any {
	return map[string]any{"type": name, "recordCount": records}
}
