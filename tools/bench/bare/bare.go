// Command bare sends the same GET requests as a run of Terraform, with net/http
// only: bare BASE_URL N PARALLELISM.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: bare BASE_URL N PARALLELISM")
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	parallelism, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}

	numbers := make(chan int)
	var workers sync.WaitGroup
	for range parallelism {
		workers.Go(func() {
			for number := range numbers {
				if err := get(fmt.Sprintf("%s/organization-exports/org_exp_%05d", os.Args[1], number)); err != nil {
					log.Fatal(err)
				}
			}
		})
	}
	for number := range count {
		numbers <- number
	}
	close(numbers)
	workers.Wait()
}

func get(address string) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("REB-APIKEY", os.Getenv("REBILLY_API_KEY"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s returned %s", address, response.Status)
	}
	_, err = io.Copy(io.Discard, response.Body)

	return err
}
