"""A small service: greets, and says that it is well."""

from fastapi import FastAPI

app = FastAPI(title="Python basic")


@app.get("/")
def greet(name: str = "world") -> dict[str, str]:
    """Greets whoever is named."""
    return {"message": f"Hello, {name}!"}


@app.get("/health")
def health() -> dict[str, str]:
    """Answers as long as the service can."""
    return {"status": "ok"}
