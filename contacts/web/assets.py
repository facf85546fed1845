"""The pages' one stylesheet."""

from importlib.resources import files

from fastapi import APIRouter, Response

router = APIRouter()


def stylesheet() -> str:
    return files("templates").joinpath("pages/assets/touchline.css").read_text(encoding="utf-8")


@router.get("/assets/touchline.css", include_in_schema=False)
def styles() -> Response:
    return Response(
        stylesheet(), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"}
    )
