package rebilly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// ListOptions select and order exports. Zero values leave it to the API.
type ListOptions struct {
	// Filter is in Rebilly's filter syntax, such as "status:completed".
	Filter string
	// Query is text to look for in text fields.
	Query string
	// Sort names fields; a leading "-" sorts by that field in descending
	// order.
	Sort []string
	// Limit is the most exports to return, 1 to 1000; Offset is how many to
	// pass over, 0 to 1000.
	Limit, Offset int
}

// OrganizationExportPage is one page of a collection of exports.
type OrganizationExportPage struct {
	// Exports are in the API's order. No element is nil.
	Exports []*OrganizationExport
	// Total is how many exports the whole collection has.
	Total int
}

// CreateOptions say what to export.
type CreateOptions struct {
	// IncludeFiles has the organization's files exported too.
	IncludeFiles bool
}

const exportsPath = "organization-exports"

// GetOrganizationExport returns the export with the given id (operation
// GetOrganizationExport: GET /organization-exports/{id}). It sends nothing
// where ValidateID refuses id. The error is a *Problem where the API answers
// with one (404: there is no such export), a *WaitError, *RedirectError,
// *AnswerError or *ConnectionError where no usable answer came, or that of ctx.
func (c *Client) GetOrganizationExport(ctx context.Context, id string) (*OrganizationExport, error) {
	if err := ValidateID(id); err != nil {
		return nil, err
	}
	answer, err := c.do(ctx, http.MethodGet, c.base.JoinPath(exportsPath, url.PathEscape(id)), nil)
	if err != nil {
		return nil, err
	}
	export, err := c.decodeExport(answer)
	if err != nil {
		return nil, err
	}
	if export.ID != id {
		return nil, c.unexpected(fmt.Errorf("it is the export %q, and %q was asked for", export.ID, id))
	}

	return export, nil
}

// ListOrganizationExports returns one page of the exports that options select
// (operation GetOrganizationExportCollection: GET /organization-exports). The
// errors are those of GetOrganizationExport.
func (c *Client) ListOrganizationExports(ctx context.Context, options ListOptions) (*OrganizationExportPage, error) {
	target := c.base.JoinPath(exportsPath)
	target.RawQuery = options.query().Encode()
	answer, err := c.do(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}

	page := new(OrganizationExportPage)
	if err := c.decode(answer, '[', &page.Exports); err != nil {
		return nil, err
	}
	if options.Limit > 0 && len(page.Exports) > options.Limit {
		return nil, c.unexpected(fmt.Errorf("it has %d elements, and at most %d were asked for", len(page.Exports), options.Limit))
	}
	for i, export := range page.Exports {
		if err := export.check(); err != nil {
			return nil, c.unexpected(fmt.Errorf("element %d: %w", i, err))
		}
	}
	page.Total, err = strconv.Atoi(answer.header.Get("Pagination-Total"))
	if err != nil || page.Total < 0 {
		return nil, c.unexpected(errors.New("its header Pagination-Total is missing or no count"))
	}

	return page, nil
}

func (o ListOptions) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"filter": o.Filter,
		"q":      o.Query,
		"sort":   strings.Join(o.Sort, ","),
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, value := range map[string]int{"limit": o.Limit, "offset": o.Offset} {
		if value != 0 {
			query.Set(name, strconv.Itoa(value))
		}
	}

	return query
}

// CreateOrganizationExport requests an export and returns it as it is then,
// seldom completed (operation PostOrganizationExport: POST
// /organization-exports). The request is repeated only where the API cannot
// have acted on it. Where it acted and its answer is of no use but for the
// header Location, the export that this names is read.
//
// The errors are those of GetOrganizationExport, and a *RequestedError where
// that export cannot be read. Whether an export may have been requested after
// another error is what MayHaveActed says.
func (c *Client) CreateOrganizationExport(ctx context.Context, options CreateOptions) (*OrganizationExport, error) {
	answer, err := c.do(ctx, http.MethodPost, c.base.JoinPath(exportsPath), map[string]bool{"includeFiles": options.IncludeFiles})
	if err == nil {
		export, unusable := c.decodeExport(answer)
		if unusable == nil {
			return export, nil
		}
		err = unusable
	}
	id := created(answer)
	if id == "" {
		return nil, err
	}
	export, unread := c.GetOrganizationExport(ctx, id)
	if unread != nil {
		return nil, &RequestedError{ID: id, Err: unread}
	}

	return export, nil
}

// created returns the id of what an answer's header Location says was made,
// "" where it says nothing that is an id.
func created(answer *answer) string {
	if answer == nil {
		return ""
	}
	location, err := url.Parse(answer.header.Get("Location"))
	if err != nil {
		return ""
	}
	id := path.Base(location.Path)
	if ValidateID(id) != nil {
		return ""
	}

	return id
}

func (c *Client) decodeExport(answer *answer) (*OrganizationExport, error) {
	export := new(OrganizationExport)
	if err := c.decode(answer, '{', export); err != nil {
		return nil, err
	}
	if err := export.check(); err != nil {
		return nil, c.unexpected(err)
	}

	return export, nil
}
