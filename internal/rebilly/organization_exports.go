package rebilly

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// OrganizationExport is one request for an export of all data of an
// organization. A nil pointer or slice means null or a missing field; an empty
// slice means an empty array.
type OrganizationExport struct {
	// ID and Status are never empty. Statuses that the API schema lacks are
	// possible.
	ID     string  `json:"id"`
	Status string  `json:"status"`
	UserID *string `json:"userId"`
	FileID *string `json:"fileId"`
	// Resources are in the API's order: at most 1,000, and no element is nil.
	Resources elements[ExportedResource] `json:"resources"`
	// CreatedTime, UpdatedTime, and RetentionTime are valid RFC 3339 timestamps as the
	// API spells them: of the request, of its last change, and when the file is deleted.
	CreatedTime   *string `json:"createdTime"`
	UpdatedTime   *string `json:"updatedTime"`
	RetentionTime *string `json:"retentionTime"`
	// Links are like Resources, and not validated; see Client.ValidLinks.
	Links elements[Link] `json:"_links"`

	// ResponseTime is the Date of the response, on the API's clock (RFC 9110, section
	// 6.6.1). It is zero without a valid one, and in lists.
	ResponseTime time.Time `json:"-"`
	// Read is true if a GET of this export returned it, and not only the response to
	// its request or a list.
	Read bool `json:"-"`
}

// ExportedResource is a resource type and the number of its exported records.
type ExportedResource struct {
	Type        *string  `json:"type"`
	RecordCount *Integer `json:"recordCount"`
}

// Link is a related link. If Rel is "signedLink", Href is a secret: it
// downloads the exported data without any other credential.
type Link struct {
	Rel  *string `json:"rel"`
	Href *string `json:"href"`
}

// validate returns an error for what JSON decoding accepts and the API schema
// does not.
func (e *OrganizationExport) validate() error {
	switch {
	case e == nil:
		return errors.New("it must be an export and is null")
	case e.ID == "":
		return errors.New(`its field "id" is missing`)
	case e.Status == "":
		return errors.New(`its field "status" is missing`)
	}
	for i, resource := range e.Resources {
		if resource == nil {
			return fmt.Errorf(`element %d of its field "resources" is null`, i)
		}
		if err := validateText("type", resource.Type); err != nil {
			return fmt.Errorf(`element %d of its field "resources": %w`, i, err)
		}
	}
	for i, link := range e.Links {
		if link == nil {
			return fmt.Errorf(`element %d of its field "_links" is null`, i)
		}
	}

	if _, ok := RecordCounts(e.Resources); !ok {
		return errors.New(`the sum of its counts "resources.recordCount" is not a 64-bit integer`)
	}

	return cmp.Or(
		validateText("id", &e.ID),
		validateText("status", &e.Status),
		validateText("userId", e.UserID),
		validateText("fileId", e.FileID),
		validateTimestamp("createdTime", e.CreatedTime),
		validateTimestamp("updatedTime", e.UpdatedTime),
		validateTimestamp("retentionTime", e.RetentionTime),
	)
}

// RecordCounts adds up the records of each type. It returns nil for nil. It returns
// false if a sum is not an integer of 64 bits, which no export of a Client has.
func RecordCounts(resources []*ExportedResource) (map[string]int64, bool) {
	if resources == nil {
		return nil, true
	}
	counts := map[string]int64{}
	for _, resource := range resources {
		if resource.Type == nil || resource.RecordCount == nil {
			continue
		}
		before, more := counts[*resource.Type], int64(*resource.RecordCount)
		sum := before + more
		if (sum > before) != (more > 0) && more != 0 {
			return nil, false
		}
		counts[*resource.Type] = sum
	}

	return counts, true
}

// refuseSecretID returns an error for an ID that is a secret or a link. The ID of a
// request is neither; that of another export reaches errors and state.
func (c *Client) refuseSecretID(id string) error {
	if c.redactor.clean(id, maxTextLength) != strings.Join(strings.Fields(id), " ") {
		return errors.New(`its field "id" has a secret or a link`)
	}

	return nil
}

func validateTimestamp(field string, text *string) error {
	if err := validateText(field, text); err != nil || text == nil {
		return err
	}
	if _, err := time.Parse(time.RFC3339, *text); err != nil {
		return fmt.Errorf("its field %q is not a valid RFC 3339 timestamp", field)
	}

	return nil
}

// ListOptions filter and sort exports. Zero values but that of Limit mean the API's
// defaults.
type ListOptions struct {
	// Filter is an expression in Rebilly's filter syntax, such as
	// "status:completed".
	Filter string
	// Query is text to search for in text fields.
	Query string
	// Sort are field names; a leading "-" sorts in descending order.
	Sort []string
	// Limit is the maximum number of exports to return. Zero means MaxListable.
	Limit int
}

const exportsPath = "organization-exports"

// GetOrganizationExport returns the export with the given ID (operation
// GetOrganizationExport: GET /organization-exports/{id}). An empty
// organizationID means the credential's default organization. If ValidateID
// refuses an ID, it sends nothing and returns that error. Otherwise the error
// is a *Problem (see IsNotFound), *RetryAfterError, *RedirectError,
// *InvalidResponseError, *ConnectionError, *DeadlineError, or context.Canceled.
func (c *Client) GetOrganizationExport(ctx context.Context, organizationID, id string) (*OrganizationExport, error) {
	target, err := c.resourceURL(organizationID, exportsPath, id)
	if err != nil {
		return nil, err
	}
	received, err := c.do(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	export, err := c.decodeExport(received)
	if err != nil {
		return nil, err
	}
	if export.ID != id {
		return nil, c.invalid(fmt.Errorf("it must be the export %q and is the export %q", id, export.ID))
	}
	export.Read = true

	return export, nil
}

// OrganizationExportList is exports of an organization: one page, or all of them.
type OrganizationExportList struct {
	// Exports are in the API's order. No element is nil.
	Exports []*OrganizationExport
	// Total is the number of matching exports, as the API says with this page, or
	// with the last one.
	Total int
	// Truncated is true if more of the requested exports match than the API can
	// return, or if it returned another number than Total.
	Truncated bool
}

// listPage returns the matching exports after the first offset ones, and at most limit
// of them (operation GetOrganizationExportCollection: GET /organization-exports).
func (c *Client) listPage(ctx context.Context, organizationID string, options ListOptions, limit, offset int) (*OrganizationExportList, error) {
	target, err := c.resourceURL(organizationID, exportsPath)
	if err != nil {
		return nil, err
	}
	target.RawQuery = options.values(limit, offset).Encode()
	received, err := c.do(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}

	var exports elements[OrganizationExport]
	if err := c.decode(received, '[', &exports); err != nil {
		return nil, err
	}
	page := &OrganizationExportList{Exports: exports}
	if len(page.Exports) > limit {
		return nil, c.invalid(fmt.Errorf("it must have at most %d elements and has %d", limit, len(page.Exports)))
	}
	for i, export := range page.Exports {
		err := export.validate()
		if err == nil {
			err = c.refuseSecretID(export.ID)
		}
		if err != nil {
			return nil, c.invalid(fmt.Errorf("element %d: %w", i, err))
		}
	}
	page.Total, err = total(received.header, limit, offset, len(page.Exports))
	if err != nil {
		return nil, c.invalid(err)
	}

	return page, nil
}

// total returns the number of exports on all pages. Without the header that has it,
// only a page that is shorter than its limit can be the last one.
func total(header http.Header, limit, offset, returned int) (int, error) {
	text := header.Get("Pagination-Total")
	if text == "" && returned < limit {
		return offset + returned, nil
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 0 {
		return 0, errors.New("its header Pagination-Total is missing or is not a count")
	}

	return count, nil
}

func (o ListOptions) values(limit, offset int) url.Values {
	query := url.Values{"filter": {o.Filter}, "q": {o.Query}, "sort": {strings.Join(o.Sort, ",")}, "limit": {strconv.Itoa(limit)}}
	if offset > 0 {
		query.Set("offset", strconv.Itoa(offset))
	}
	maps.DeleteFunc(query, func(_ string, values []string) bool { return values[0] == "" })

	return query
}

// CreateOrganizationExport requests an export and returns it (operation
// PostOrganizationExport: POST /organization-exports), with the files of the
// organization if includeFiles is true. The end of ctx does not stop an attempt, because
// the response has the only copy of the new export's ID. If the response is unusable but
// for its Location header, the export that the header names is read.
//
// The errors are those of GetOrganizationExport, and a *ReadAfterRequestError if
// the export was requested and cannot be read. For other errors, MayHaveActed
// reports whether an export may have been requested.
func (c *Client) CreateOrganizationExport(ctx context.Context, organizationID string, includeFiles bool) (*OrganizationExport, error) {
	target, err := c.resourceURL(organizationID, exportsPath)
	if err != nil {
		return nil, err
	}
	received, err := c.do(ctx, http.MethodPost, target, fmt.Appendf(nil, `{"includeFiles":%t}`, includeFiles))
	if err == nil {
		export, invalid := c.decodeExport(received)
		if invalid == nil {
			invalid = c.validateNewID(export.ID)
		}
		if invalid == nil {
			return export, nil
		}
		err = invalid
	}
	id := idFromLocation(received)
	if id == "" {
		return nil, err
	}
	c.config.Logger.LogAttrs(ctx, slog.LevelInfo, "Requested an organization export, and its response is unusable; reading the export", slog.String("id", id))
	export, err := c.GetOrganizationExport(ctx, organizationID, id)
	if err != nil {
		return nil, &ReadAfterRequestError{ID: id, Err: err}
	}

	return export, nil
}

// validateNewID returns an error for an ID by which no later call could name a new
// export, or which is a secret.
func (c *Client) validateNewID(id string) error {
	if err := ValidateID(id); err != nil {
		return c.invalid(fmt.Errorf(`its field "id" cannot be part of a path: %w`, err))
	}
	if err := c.refuseSecretID(id); err != nil {
		return c.invalid(err)
	}

	return nil
}

// idFromLocation returns the ID of the export that the Location header of a
// response names, or "" if it names none.
func idFromLocation(received *response) string {
	if received == nil {
		return ""
	}
	location, err := url.Parse(received.header.Get("Location"))
	if err != nil {
		return ""
	}
	directory, id := path.Split(location.Path)
	if path.Base(directory) != exportsPath || ValidateID(id) != nil {
		return ""
	}

	return id
}

func (c *Client) decodeExport(received *response) (*OrganizationExport, error) {
	export := new(OrganizationExport)
	if err := c.decode(received, '{', export); err != nil {
		return nil, err
	}
	if err := export.validate(); err != nil {
		return nil, c.invalid(err)
	}
	export.ResponseTime, _ = http.ParseTime(received.header.Get("Date"))

	return export, nil
}
