package rebillytest

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// Export is an organization data export as the JSON object that the fake
// returns. A missing key is an absent field, and nil is null. Every response
// gets a new href for the link with the rel "signedLink", as Rebilly's do.
type Export map[string]any

// SignedLinkSecret is a part of every signed link of the fake. Tests search for
// it where signed links must not appear.
const SignedLinkSecret = "SIGNED-LINK-SECRET"

// Statuses of an export.
const (
	StatusPending    = "pending"
	StatusQueued     = "queued"
	StatusProcessing = "processing"
	StatusCompleted  = "completed"
	StatusFailed     = "failed"
	StatusExpired    = "expired"
)

// retention is how long the fake keeps the file of a completed export.
const retention = 30 * 24 * time.Hour

// Queued returns an export that was requested at the given time and is queued.
func Queued(id string, created time.Time) Export {
	stamp := timestamp(created)

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

// Completed returns an export that was requested at the given time and was
// completed ten minutes later. It has a value in every field. The file ID and
// the record counts depend on id alone.
func Completed(id string, created time.Time) Export {
	export := Queued(id, created)
	export.advance(StatusCompleted, created.Add(10*time.Minute))

	return export
}

// With returns a copy of the export with field set to value.
func (e Export) With(field string, value any) Export {
	changed := maps.Clone(e)
	changed[field] = value

	return changed
}

// Without returns a copy of the export without field.
func (e Export) Without(field string) Export {
	changed := maps.Clone(e)
	delete(changed, field)

	return changed
}

// advance moves the export to status at the given time.
func (e Export) advance(status string, at time.Time) {
	e["status"] = status
	e["updatedTime"] = timestamp(at)
	switch status {
	case StatusCompleted:
		e.complete(at)
	case StatusFailed:
		e["fileId"] = nil
		e["retentionTime"] = nil
		e.removeSignedLink()
	case StatusExpired:
		e.expire(at)
	}
}

// complete fills in the fields that depend on the export's file.
func (e Export) complete(at time.Time) {
	e["fileId"], e["resources"] = content(e.text("id"))
	e["retentionTime"] = timestamp(at.Add(retention))
	e.removeSignedLink()
	links, _ := e["_links"].([]any)
	e["_links"] = append(links, link("signedLink", ""))
}

// expire makes Rebilly's retention of the export's file end before the given
// time. An export that was not completed gets its file's fields first.
func (e Export) expire(at time.Time) {
	if e.text("fileId") == "" {
		e.complete(at)
	}
	until, err := time.Parse(time.RFC3339, e.text("retentionTime"))
	if err != nil || !until.Before(at) {
		e["retentionTime"] = timestamp(at.Add(-time.Second))
	}
	e.removeSignedLink()
}

// removeSignedLink removes the signed link. It leaves the links of copies of
// the export as they are.
func (e Export) removeSignedLink() {
	if links, ok := e["_links"].([]any); ok {
		e["_links"] = slices.DeleteFunc(slices.Clone(links), isSignedLink)
	}
}

// withNewSignedLink returns a copy of the export with a new signed link, if it
// has one.
func (a *API) withNewSignedLink(export Export) Export {
	links, ok := export["_links"].([]any)
	if !ok {
		return maps.Clone(export)
	}
	links = slices.Clone(links)
	for i, element := range links {
		if isSignedLink(element) {
			links[i] = link("signedLink", a.signedLink(export.text("fileId")))
		}
	}

	return export.With("_links", links)
}

// text returns the value of a string field, or "" if the field has no string.
func (e Export) text(field string) string {
	value, _ := e[field].(string)

	return value
}

// crockford is the encoding of the IDs that Rebilly generates.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// content returns the file ID and the resources of the completed export with
// the given ID. They derive from a hash of the ID, so tests can tell exports
// apart and get the same values in every run.
func content(id string) (fileID string, resources []any) {
	if id == ExportID {
		return "file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N", counts(1204, 9310, 48217, 12)
	}
	hash := sha256.Sum256([]byte(id))
	between := func(offset int, low, high uint32) int64 {
		return int64(low + binary.BigEndian.Uint32(hash[offset:])%(high-low))
	}

	return "file_" + crockford.EncodeToString(hash[:16]),
		counts(between(16, 100, 5_000), between(20, 5_000, 20_000), between(24, 20_000, 100_000), between(28, 2, 50))
}

func counts(customers, invoices, transactions, users int64) []any {
	return []any{
		resource("customers", customers),
		resource("invoices", invoices),
		resource("transactions", transactions),
		resource("users", users),
	}
}

func resource(name string, records int64) map[string]any {
	return map[string]any{"type": name, "recordCount": records}
}

func link(rel, href string) map[string]any {
	return map[string]any{"rel": rel, "href": href}
}

func isSignedLink(element any) bool {
	object, ok := element.(map[string]any)

	return ok && object["rel"] == "signedLink"
}

func timestamp(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}
