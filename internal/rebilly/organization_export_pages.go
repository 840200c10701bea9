package rebilly

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
)

// The API's limits for one page.
const (
	maxPageLimit  = 1000
	maxPageOffset = 1000
)

// MaxListable is the number of matching exports that the API can return: a
// page of 1000 at the highest offset, 1000.
const MaxListable = maxPageOffset + maxPageLimit

// The largest numbers of resources and links on all pages of a list. Rebilly documents 17
// types of resources and three links. Terraform's work grows with the square of the number
// of links, because they are sensitive.
const (
	maxListResources = 60_000
	maxListLinks     = 8_000
)

// ListAllOrganizationExports returns the matching exports of all pages, up to
// options.Limit, each once. The errors are those of GetOrganizationExport; with an
// error, nothing is returned.
func (c *Client) ListAllOrganizationExports(ctx context.Context, organizationID string, options ListOptions) (*OrganizationExportList, error) {
	list := &OrganizationExportList{Exports: []*OrganizationExport{}}
	for page, err := range c.OrganizationExportPages(ctx, organizationID, options) {
		if err != nil {
			return nil, err
		}
		list.Exports = append(list.Exports, page.Exports...)
		list.Total, list.Truncated = page.Total, page.Truncated
	}

	return list, nil
}

// OrganizationExportPages returns an iterator over the pages of the matching
// exports, which reads a page when it is needed. It ends after options.Limit exports.
// An export that moves to the next page in the meantime is returned once. After an
// error, which is one of GetOrganizationExport, it ends.
func (c *Client) OrganizationExportPages(ctx context.Context, organizationID string, options ListOptions) iter.Seq2[*OrganizationExportList, error] {
	requested := cmp.Or(options.Limit, math.MaxInt)
	wanted := min(requested, MaxListable)

	return func(yield func(*OrganizationExportList, error) bool) {
		seen := map[string]bool{}
		resources, links := 0, 0
		for offset := 0; ; {
			page, err := c.listPage(ctx, organizationID, options, min(wanted-offset, maxPageLimit), offset)
			if err != nil {
				yield(nil, err)

				return
			}
			for _, export := range page.Exports {
				resources += len(export.Resources)
				links += len(export.Links)
			}
			if resources > maxListResources || links > maxListLinks {
				yield(nil, c.invalid(fmt.Errorf("the exports of the list have more than %d resources or %d links", maxListResources, maxListLinks)))

				return
			}
			// A page may be shorter than its limit. Then the one at the largest offset
			// has exports of the page before it, too.
			end := offset + len(page.Exports)
			last := end == offset || end >= min(page.Total, wanted) || offset == maxPageOffset
			offset = min(end, maxPageOffset)
			available := min(page.Total, requested)
			// With a total below what was returned, nobody knows whether there are more.
			miscounted := page.Total < end && end < requested
			page.Truncated = available > MaxListable || last && end < available || miscounted
			page.Exports = slices.DeleteFunc(page.Exports, func(export *OrganizationExport) bool {
				repeated := seen[export.ID]
				seen[export.ID] = true

				return repeated
			})
			if !yield(page, nil) || last {
				return
			}
		}
	}
}
