package rebilly

import (
	"errors"
	"fmt"
	"time"
)

// OrganizationExport is one request for an export of all data of an
// organization, as the API answers it. A nil pointer or slice stands for null
// as well as for a field that is not there; an empty slice for an empty array.
type OrganizationExport struct {
	// ID and Status are never empty. Statuses that the contract does not
	// know pass through.
	ID     string `json:"id"`
	Status string `json:"status"`
	// UserID is the user who requested the export.
	UserID *string `json:"userId"`
	// FileID is the file with the exported data.
	FileID *string `json:"fileId"`
	// Resources are what was exported, in the API's order. No element is nil.
	Resources []*ExportedResource `json:"resources"`
	// CreatedTime and UpdatedTime are those of the request.
	CreatedTime *Timestamp `json:"createdTime"`
	UpdatedTime *Timestamp `json:"updatedTime"`
	// RetentionTime is when the file is removed.
	RetentionTime *Timestamp `json:"retentionTime"`
	// Links are related links, in the API's order. No element is nil.
	Links []*Link `json:"_links"`
}

// ExportedResource is a type of resource and how many records of it an export
// holds.
type ExportedResource struct {
	Type        *string `json:"type"`
	RecordCount *int64  `json:"recordCount"`
}

// Link is a link to something related. Where Rel is "signedLink", Href is a
// secret: whoever has it can download the exported data.
type Link struct {
	Rel  *string `json:"rel"`
	Href *string `json:"href"`
}

// Timestamp is a date and time in the API's own spelling, which is RFC 3339.
type Timestamp string

// Time returns the instant. The error is that of time.Parse.
func (t Timestamp) Time() (time.Time, error) {
	return time.Parse(time.RFC3339, string(t))
}

// check finds what JSON decoding lets pass and the contract does not.
func (e *OrganizationExport) check() error {
	switch {
	case e == nil:
		return errors.New("it is null, and an export was expected")
	case e.ID == "":
		return errors.New(`its field "id" is missing`)
	case e.Status == "":
		return errors.New(`its field "status" is missing`)
	}
	for i, resource := range e.Resources {
		if resource == nil {
			return fmt.Errorf(`its field "resources" has null as element %d`, i)
		}
		if resource.RecordCount != nil && *resource.RecordCount < 0 {
			return fmt.Errorf(`its field "resources.recordCount" is negative in element %d`, i)
		}
	}
	for i, link := range e.Links {
		if link == nil {
			return fmt.Errorf(`its field "_links" has null as element %d`, i)
		}
	}

	return errors.Join(
		e.CreatedTime.check("createdTime"),
		e.UpdatedTime.check("updatedTime"),
		e.RetentionTime.check("retentionTime"),
	)
}

func (t *Timestamp) check(field string) error {
	if t == nil {
		return nil
	}
	if _, err := t.Time(); err != nil {
		return fmt.Errorf("its field %q is no RFC 3339 time: %q", field, *t)
	}

	return nil
}
