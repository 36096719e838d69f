"""The steps that lead from an empty database, or one of an older version, to the tables of today.

Each step only adds, so that code of the version before goes on working while hosts are changed one by one.
"""
