// Command lantern tells how the lighthouses of a coast flash, from a file of its own. With -health it
// asks a running server whether it is well, for images that hold nothing else that could ask.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const address = ":8080"

// A light and its rhythm, as charts have it.
type light struct {
	Name    string  `json:"name"`
	Flashes int     `json:"flashes"`
	Every   float64 `json:"every_seconds"`
}

func main() {
	file := flag.String("data", "data/lights.json", "the lights, as JSON")
	health := flag.Bool("health", false, "ask the server on this machine and exit")
	flag.Parse()
	if *health {
		os.Exit(ask())
	}

	content, err := os.ReadFile(*file)
	if err != nil {
		log.Fatal(err)
	}
	var lights []light
	if err := json.Unmarshal(content, &lights); err != nil {
		log.Fatalf("%s: %v", *file, err)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /lights", func(w http.ResponseWriter, _ *http.Request) { answer(w, lights) })
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"status": "ok", "lights": len(lights)})
	})
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}

	// docker stop sends SIGTERM: finish what is under way, then end.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		<-ctx.Done()
		deadline, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := server.Shutdown(deadline); err != nil {
			log.Printf("shutdown: %v", err)
		}
	}()

	log.Printf("listening on %s with %d lights", address, len(lights))
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Printf("answer: %v", err)
	}
}

// ask returns the exit code of a health check: 0 when the server answers 200.
func ask() int {
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Get("http://127.0.0.1" + address + "/health")
	if err != nil {
		return 1
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}
